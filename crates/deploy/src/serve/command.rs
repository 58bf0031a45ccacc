//! What is started for a run, from the job variables of its deployment.
//!
//! A program that lies on this machine is verified and started without `longshore-run` in between: nothing has to be
//! installed for `serve`, and nothing is copied. A run chooses another version of that program, and nothing else.

use std::io;
use std::path::{Path, PathBuf};

use longshore_prefect::{Deployment, FlowRun};
use longshore_storage::{
    AllowedStores, ArtifactLocation, ChoiceError, NamedArtifact, StoreError, VerificationError,
};
use serde_json::{Map, Value};

use crate::desired::RUNNER;

/// Job variables that are the deployment's alone.
const OF_THE_DEPLOYMENT: [&str; 3] = ["command", "env", "working_dir"];

/// A program to be started for a run.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Start {
    pub(super) program: Program,
    pub(super) arguments: Vec<String>,
    /// Variables of its environment.
    pub(super) environment: Vec<(String, String)>,
    /// Where it runs, if not in the workspace.
    pub(super) folder: Option<PathBuf>,
    /// Job variables of the run that have no effect.
    pub(super) ignored: Vec<&'static str>,
}

/// What is started.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Program {
    /// A command, found as the system finds it.
    Command(PathBuf),
    /// A stored program, in place of `longshore-run`.
    Artifact(Box<ArtifactLocation>),
}

/// Why nothing can be started for a run.
#[derive(Debug, thiserror::Error)]
pub(super) enum StartError {
    #[error("its deployment has no job variable `command`: it was not made by `deploy`")]
    NoCommand,
    #[error("the command `{0}` has a quote without an end")]
    Quote(String),
    #[error(transparent)]
    Choice(#[from] ChoiceError),
    #[error("the artifact cannot be opened")]
    Open(#[source] StoreError),
    #[error("the artifact is not executed")]
    Verification(#[from] VerificationError),
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
            Self::Choice(error) => error.help(),
            Self::Verification(VerificationError::NotPrivate { path, .. }) => Some(format!(
                "others could exchange it: `chown` it to this user and `chmod go-w {}`",
                path.display()
            )),
            Self::Open(_) | Self::Verification(_) => {
                Some("run `deploy` to store it again".to_owned())
            }
            Self::Spawn { program, .. } if program == Path::new(RUNNER) => {
                Some("it comes from `cargo install --path crates/runner`".to_owned())
            }
            _ => None,
        };
        match help {
            Some(help) => format!("{text}; {help}"),
            None => text,
        }
    }
}

/// What is to be started, by the variables of the deployment; the run may name a version of its artifact.
///
/// # Errors
/// The variables name no program, or one that is in none of the stores.
pub(super) fn start_of(
    run: &FlowRun,
    deployment: &Deployment,
    stores: &AllowedStores,
) -> Result<Start, StartError> {
    let (of_deployment, of_run) = (&deployment.job_variables, &run.job_variables);
    let command = text(of_deployment, "command").ok_or(StartError::NoCommand)?;
    let mut words = words(command)?.into_iter();
    let program = words.next().ok_or(StartError::NoCommand)?;
    let [declared, own] =
        [of_deployment, of_run].map(|variables| NamedArtifact::read(|name| text(variables, name)));
    let is_path = |location| Path::new(location).is_absolute();
    let is_here = declared.location.is_some_and(is_path) || own.location.is_some_and(is_path);
    let program = if program == RUNNER && is_here {
        Program::Artifact(Box::new(stores.choose(declared, own)?))
    } else {
        Program::Command(program.into())
    };
    let is_ignored = |name: &&str| {
        let own = of_run.get(*name);
        own.is_some() && own != of_deployment.get(*name)
    };
    Ok(Start {
        program,
        arguments: words.collect(),
        environment: environment(of_deployment),
        folder: text(of_deployment, "working_dir").map(PathBuf::from),
        ignored: OF_THE_DEPLOYMENT.into_iter().filter(is_ignored).collect(),
    })
}

fn text<'a>(variables: &'a Map<String, Value>, name: &str) -> Option<&'a str> {
    let value = variables.get(name)?.as_str()?;
    Some(value).filter(|value| !value.trim().is_empty())
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
}
