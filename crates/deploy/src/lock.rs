//! One `deploy` at a time in a workspace: the lock on `.longshore/lock`.

use std::fs::{File, TryLockError};
use std::io::{self, Read as _, Seek as _, Write as _};
use std::path::{Path, PathBuf};
use std::process;

use longshore_embedded::{private_file, private_folder};
use longshore_spec::Explain;

/// Folder below the workspace root that holds what Longshore keeps between two calls.
pub(crate) const STATE_FOLDER: &str = ".longshore";

/// The lock could not be taken.
#[derive(Debug, thiserror::Error)]
pub(crate) enum LockError {
    #[error("cannot make the folder `{}`", path.display())]
    CreateFolder { path: PathBuf, source: io::Error },
    #[error("cannot lock `{}`", path.display())]
    Lock { path: PathBuf, source: io::Error },
}

impl Explain for LockError {
    fn help(&self) -> Option<String> {
        Some(match self {
            Self::CreateFolder { .. } => {
                "make the workspace's folder writable; Longshore keeps its state there".to_owned()
            }
            Self::Lock { .. } => {
                "make the file writable; the file system must support locks".to_owned()
            }
        })
    }
}

/// The lock, held until this value or the process is gone; the kernel releases it in any case.
#[derive(Debug)]
pub(crate) struct WorkspaceLock {
    _file: File,
}

/// What one try to take the lock came to.
pub(crate) enum Attempt {
    Taken(WorkspaceLock),
    /// Somebody else has it; the waiting is done by [`Waiting::wait`].
    Held(Waiting),
}

/// A lock that another process holds.
pub(crate) struct Waiting {
    file: File,
    path: PathBuf,
    /// Process that holds it, if it has said so.
    pub(crate) holder: Option<u32>,
}

impl WorkspaceLock {
    /// Tries to take the lock of the workspace at `root`.
    ///
    /// # Errors
    /// The state folder or the lock file cannot be made or locked.
    pub(crate) fn attempt(root: &Path) -> Result<Attempt, LockError> {
        let folder = root.join(STATE_FOLDER);
        private_folder(&folder).map_err(|source| LockError::CreateFolder {
            path: folder.clone(),
            source,
        })?;
        let path = folder.join("lock");
        let failed = |source| LockError::Lock {
            path: path.clone(),
            source,
        };
        let mut file = private_file(&path).map_err(failed)?;
        match file.try_lock() {
            Ok(()) => Self::publish(file).map(Attempt::Taken).map_err(failed),
            Err(TryLockError::Error(source)) => Err(failed(source)),
            Err(TryLockError::WouldBlock) => {
                let mut text = String::new();
                // Unreadable content means that the holder has just begun; then it is not named.
                let read = file.read_to_string(&mut text);
                Ok(Attempt::Held(Waiting {
                    file,
                    path,
                    holder: read.ok().and_then(|_| text.trim().parse().ok()),
                }))
            }
        }
    }

    fn publish(mut file: File) -> io::Result<Self> {
        file.set_len(0)?;
        file.rewind()?;
        writeln!(file, "{}", process::id())?;
        Ok(Self { _file: file })
    }
}

impl Waiting {
    /// Waits until the lock is free, then takes it.
    ///
    /// # Errors
    /// The file cannot be locked.
    pub(crate) async fn wait(self) -> Result<WorkspaceLock, LockError> {
        let Self { file, path, .. } = self;
        let blocking = move || file.lock().and_then(|()| WorkspaceLock::publish(file));
        let taken = tokio::task::spawn_blocking(blocking).await;
        taken
            .unwrap_or_else(|ended| Err(io::Error::other(ended)))
            .map_err(|source| LockError::Lock { path, source })
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn taken(root: &Path) -> WorkspaceLock {
        match WorkspaceLock::attempt(root).unwrap() {
            Attempt::Taken(lock) => lock,
            Attempt::Held(_) => panic!("the lock is free"),
        }
    }

    #[tokio::test]
    async fn a_second_one_waits_and_knows_the_pid() {
        let root = tempfile::tempdir().unwrap();
        let first = taken(root.path());
        let Attempt::Held(waiting) = WorkspaceLock::attempt(root.path()).unwrap() else {
            panic!("the lock was taken twice");
        };
        assert_eq!(waiting.holder, Some(process::id()));
        let mut second = std::pin::pin!(waiting.wait());
        let still_held =
            tokio::time::timeout(std::time::Duration::from_millis(50), &mut second).await;
        assert!(still_held.is_err(), "two commands hold the lock");
        drop(first);
        drop(second.await.unwrap());
        drop(taken(root.path()));
    }

    #[test]
    fn a_state_folder_that_cannot_be_made_is_named() {
        let root = tempfile::tempdir().unwrap();
        fs::write(root.path().join(STATE_FOLDER), "a file in the way").unwrap();
        let Err(error) = WorkspaceLock::attempt(root.path()) else {
            panic!("a file is no folder");
        };
        assert!(error.to_string().contains(STATE_FOLDER), "{error}");
        assert!(error.help().is_some_and(|help| help.contains("writable")));
    }
}
