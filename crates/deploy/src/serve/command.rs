//! What is started for a run, from the job variables that a Prefect worker would take.
//!
//! A program that lies on this machine is verified and started without `longshore-run` in between: nothing has to be
//! installed for `serve`, and nothing is copied.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::{fs, io};

use longshore_prefect::{Deployment, FlowRun};
use longshore_storage::{Digest, ParseDigestError};
use serde_json::{Map, Value};
use tokio::sync::Mutex;

use crate::desired::RUNNER;

/// A program to be started for a run.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Start {
    pub(super) program: PathBuf,
    pub(super) arguments: Vec<String>,
    /// Variables of its environment.
    pub(super) environment: Vec<(String, String)>,
    /// Where it runs, if not in the workspace.
    pub(super) folder: Option<PathBuf>,
    /// What it has to be, if it is a stored artifact.
    pub(super) digest: Option<Digest>,
}

/// Why nothing can be started for a run.
#[derive(Debug, thiserror::Error)]
pub(super) enum StartError {
    #[error("its deployment has no job variable `command`: it was not made by `deploy`")]
    NoCommand,
    #[error("the command `{0}` has a quote without an end")]
    Quote(String),
    #[error("the job variable `sha256` cannot be used")]
    Digest(#[source] ParseDigestError),
    #[error("the artifact `{}` cannot be read", path.display())]
    Read { path: PathBuf, source: io::Error },
    #[error("the artifact `{}` has the digest {found}, and {expected} was deployed", path.display())]
    Changed {
        path: PathBuf,
        expected: Digest,
        found: Digest,
    },
    #[error("cannot start `{}`", program.display())]
    Spawn { program: PathBuf, source: io::Error },
}

impl StartError {
    /// The error with its cause and what to do, as a state's message has it.
    pub(super) fn in_full(&self) -> String {
        let mut text = self.to_string();
        let mut source = std::error::Error::source(self);
        while let Some(cause) = source {
            text = format!("{text}: {cause}");
            source = cause.source();
        }
        let help = match self {
            Self::Read { .. } | Self::Changed { .. } => "run `deploy` to store it anew",
            Self::Spawn { program, .. } if program == Path::new(RUNNER) => {
                "it comes from `cargo install --path crates/runner`"
            }
            _ => return text,
        };
        format!("{text}; {help}")
    }
}

/// What is to be started, by the variables of the deployment and over them those of the run.
///
/// # Errors
/// The variables name no program.
pub(super) fn start_of(run: &FlowRun, deployment: &Deployment) -> Result<Start, StartError> {
    let mut variables = deployment.job_variables.clone();
    variables.extend(run.job_variables.clone());
    let text = |name: &str| variables.get(name).and_then(Value::as_str);
    let command = text("command").filter(|command| !command.trim().is_empty());
    let command = command.ok_or(StartError::NoCommand)?;
    let mut words = words(command)?.into_iter();
    let program = words.next().ok_or(StartError::NoCommand)?;
    let artifact = text("artifact").filter(|artifact| Path::new(artifact).is_absolute());
    let (program, digest) = match (program.as_str(), artifact, text("sha256")) {
        (RUNNER, Some(artifact), Some(digest)) => (artifact.to_owned(), Some(digest)),
        _ => (program, None),
    };
    let digest = digest.map(str::parse).transpose();
    Ok(Start {
        program: program.into(),
        arguments: words.collect(),
        environment: environment(&variables),
        folder: text("working_dir").map(PathBuf::from),
        digest: digest.map_err(StartError::Digest)?,
    })
}

fn environment(variables: &Map<String, Value>) -> Vec<(String, String)> {
    let Some(Value::Object(environment)) = variables.get("env") else {
        return Vec::new();
    };
    let text = |value: &Value| match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    environment
        .iter()
        .map(|(name, value)| (name.clone(), text(value)))
        .collect()
}

/// The programs that were found to be what was deployed, each with what the system says of its file: reading a large one
/// for every run takes longer than many a run.
#[derive(Debug, Default)]
pub(super) struct Verified(Mutex<HashMap<PathBuf, (Digest, FileStamp)>>);

impl Verified {
    /// Whether a program is still the one that was deployed: by its content once, then by its file as long as that is
    /// not touched.
    ///
    /// # Errors
    /// It is not, or cannot be read.
    pub(super) async fn check(&self, program: &Path, expected: Digest) -> Result<(), StartError> {
        // Held while one is read, so that runs that begin together read it once.
        let mut known = self.0.lock().await;
        let failed = |source| StartError::Read {
            path: program.to_owned(),
            source,
        };
        // Before it is read: what is written meanwhile changes the stamp that is compared next time.
        let stamp = stamp(program).map_err(failed)?;
        if known.get(program) == Some(&(expected, stamp)) {
            return Ok(());
        }
        let path = program.to_owned();
        let reading = tokio::task::spawn_blocking(move || verify(&path, expected));
        reading
            .await
            .unwrap_or_else(|ended| Err(failed(io::Error::other(ended))))?;
        known.insert(program.to_owned(), (expected, stamp));
        Ok(())
    }
}

/// What changes with every write to a file, and when another one takes its place.
type FileStamp = (u64, u64, u64, i64, i64, i64, i64);

#[cfg(unix)]
fn stamp(program: &Path) -> io::Result<FileStamp> {
    use std::os::unix::fs::MetadataExt as _;
    let found = fs::metadata(program)?;
    Ok((
        found.dev(),
        found.ino(),
        found.size(),
        found.mtime(),
        found.mtime_nsec(),
        found.ctime(),
        found.ctime_nsec(),
    ))
}

#[cfg(not(unix))]
fn stamp(program: &Path) -> io::Result<FileStamp> {
    let found = fs::metadata(program)?;
    let written = found.modified()?.duration_since(std::time::UNIX_EPOCH);
    let written = written.unwrap_or_default();
    let seconds = i64::try_from(written.as_secs()).unwrap_or_default();
    Ok((
        0,
        0,
        found.len(),
        seconds,
        written.subsec_nanos().into(),
        0,
        0,
    ))
}

/// Takes as long as reading the program.
fn verify(program: &Path, expected: Digest) -> Result<(), StartError> {
    let found = Digest::of_file(program).map_err(|source| StartError::Read {
        path: program.to_owned(),
        source,
    })?;
    if found == expected {
        return Ok(());
    }
    Err(StartError::Changed {
        path: program.to_owned(),
        expected,
        found,
    })
}

/// The words of a command as the workers of Prefect 3 split them: like a shell, without its substitutions.
fn words(command: &str) -> Result<Vec<String>, StartError> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut letters = command.chars();
    let open = || StartError::Quote(command.to_owned());
    while let Some(letter) = letters.next() {
        match letter {
            '\'' => {
                let word = word.get_or_insert_default();
                loop {
                    match letters.next().ok_or_else(open)? {
                        '\'' => break,
                        letter => word.push(letter),
                    }
                }
            }
            '"' => {
                let word = word.get_or_insert_default();
                loop {
                    match letters.next().ok_or_else(open)? {
                        '"' => break,
                        '\\' => match letters.next().ok_or_else(open)? {
                            letter @ ('"' | '\\') => word.push(letter),
                            letter => word.extend(['\\', letter]),
                        },
                        letter => word.push(letter),
                    }
                }
            }
            '\\' => word.get_or_insert_default().extend(letters.next()),
            letter if letter.is_whitespace() => words.extend(word.take()),
            letter => word.get_or_insert_default().push(letter),
        }
    }
    words.extend(word);
    Ok(words)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_are_split_like_a_shell() {
        for (command, expected) in [
            ("longshore-run", vec!["longshore-run"]),
            ("  nice -n  5 run ", vec!["nice", "-n", "5", "run"]),
            ("'a b'c \"d 'e\"", vec!["a bc", "d 'e"]),
            (r#"a\ b "c\"d\e""#, vec!["a b", r#"c"d\e"#]),
            ("''", vec![""]),
            ("", vec![]),
        ] {
            assert_eq!(words(command).unwrap(), expected, "{command}");
        }
        assert!(words("'a").is_err() && words("\"a\\").is_err());
    }

    #[tokio::test]
    async fn another_program_under_the_same_path_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("program");
        fs::write(&path, "one").unwrap();
        let digest = Digest::of_file(&path).unwrap();
        let verified = Verified::default();
        for _ in 0..2 {
            verified.check(&path, digest).await.unwrap();
        }
        fs::write(&path, "two").unwrap();
        let text = verified.check(&path, digest).await.unwrap_err().in_full();
        assert!(
            text.contains(&digest.to_string()) && text.ends_with("; run `deploy` to store it anew"),
            "{text}"
        );
        fs::remove_file(&path).unwrap();
        let text = verified.check(&path, digest).await.unwrap_err().in_full();
        assert!(text.contains("cannot be read: "), "{text}");
    }
}
