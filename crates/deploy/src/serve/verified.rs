//! The stored programs that were found to be what was deployed.

use std::collections::HashMap;
use std::fs::Metadata;
use std::io;
use std::path::PathBuf;
use std::process::Command;

use longshore_storage::{ArtifactLocation, Digest, VerificationError, VerifiedBinary};
use tokio::sync::Mutex;

use super::command::{Program, StartError};

/// Each program with what the system says of its file: reading a large one for every run takes longer than many a run.
#[derive(Debug, Default)]
pub(super) struct Verified(Mutex<HashMap<PathBuf, (Digest, FileStamp)>>);

/// A program that may be started.
#[derive(Debug)]
pub(super) struct Ready {
    pub(super) command: Command,
    /// Its name.
    pub(super) program: PathBuf,
    /// SHA-256 of an artifact.
    pub(super) digest: Option<Digest>,
    /// The command starts this very file, which has to be open until then.
    _binary: Option<VerifiedBinary>,
}

impl Verified {
    /// Makes a program ready, after its verification if it is an artifact.
    ///
    /// # Errors
    /// The artifact cannot be read, is not what was deployed, or can be changed by another user.
    pub(super) async fn ready(&self, program: &Program) -> Result<Ready, StartError> {
        match program {
            Program::Command(program) => Ok(Ready {
                command: Command::new(program),
                program: program.clone(),
                digest: None,
                _binary: None,
            }),
            Program::Artifact(artifact) => {
                let mut binary = self.open(artifact).await?;
                Ok(Ready {
                    command: binary.command(),
                    program: binary.path().to_owned(),
                    digest: Some(artifact.digest()),
                    _binary: Some(binary),
                })
            }
        }
    }

    /// Opens a program that is still the one that was deployed: by its content once, then by its file as long as that is
    /// not touched.
    ///
    /// # Errors
    /// It is not, cannot be read, or can be changed by another user.
    async fn open(&self, artifact: &ArtifactLocation) -> Result<VerifiedBinary, StartError> {
        // Held while one is read, so that runs that begin together read it once.
        let mut known = self.0.lock().await;
        let (file, path) = artifact.open().map_err(StartError::Open)?;
        let failed = |source| VerificationError::Read {
            path: path.to_owned(),
            source,
        };
        // Of the file that is open, and before it is read: what is written meanwhile changes the stamp that is compared
        // next time.
        let stamp = stamp(&file.metadata().map_err(failed)?).map_err(failed)?;
        if known.get(path) == Some(&(artifact.digest(), stamp)) {
            return Ok(VerifiedBinary::known(file, path)?);
        }
        let (owned, expected) = (path.to_owned(), artifact.digest());
        let reading =
            tokio::task::spawn_blocking(move || VerifiedBinary::verify(file, &owned, expected));
        let binary = reading
            .await
            .unwrap_or_else(|ended| Err(failed(io::Error::other(ended))))?;
        known.insert(path.to_owned(), (expected, stamp));
        Ok(binary)
    }
}

/// What changes with every write to a file, and when another one takes its place.
type FileStamp = (u64, u64, u64, i64, i64, i64, i64);

#[cfg(unix)]
#[expect(clippy::unnecessary_wraps, reason = "other systems can fail")]
fn stamp(found: &Metadata) -> io::Result<FileStamp> {
    use std::os::unix::fs::MetadataExt as _;
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
fn stamp(found: &Metadata) -> io::Result<FileStamp> {
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

#[cfg(test)]
mod tests {
    use std::fs;

    use longshore_storage::AllowedStores;

    use super::*;

    #[tokio::test]
    async fn another_program_under_the_same_path_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let written = folder.path().join("written");
        fs::write(&written, "one").unwrap();
        let digest = Digest::of_file(&written).unwrap();
        let place = folder.path().join("a/b").join(digest.to_string());
        fs::create_dir_all(&place).unwrap();
        let path = place.join("program");
        fs::rename(&written, &path).unwrap();
        let stores = AllowedStores::of_folders([folder.path().to_owned()]);
        let artifact = stores.resolve(path.to_str().unwrap(), digest).unwrap();
        let verified = Verified::default();
        for _ in 0..2 {
            verified.open(&artifact).await.unwrap();
        }
        fs::write(&path, "two").unwrap();
        let text = verified.open(&artifact).await.unwrap_err().in_full();
        assert!(
            text.contains(&digest.to_string())
                && text.ends_with("; run `deploy` to store it again"),
            "{text}"
        );
        fs::remove_file(&path).unwrap();
        let text = verified.open(&artifact).await.unwrap_err().in_full();
        assert!(text.contains("there is no artifact at"), "{text}");
    }
}
