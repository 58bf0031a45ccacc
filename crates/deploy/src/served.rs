//! `.longshore/serve`: how the other commands of a workspace reach the `deploy serve` that holds its database open.
//!
//! The file is locked as long as that process lives: what a killed one has left in it is told by the lock alone.

use std::fs::{File, TryLockError};
use std::io::{self, Read as _, Seek as _, Write as _};
use std::path::{Path, PathBuf};
use std::process;
use std::time::Duration;

use longshore_embedded::{Server, private_file, private_folder};
use longshore_prefect::{Authentication, ClientOptions, Secret};
use longshore_spec::Explain;
use serde::{Deserialize, Serialize};

/// Name of the file in the state folder.
const FILE: &str = "serve";

/// Looks at a lock that another command may hold for a moment, while it looks whether somebody serves.
const ATTEMPTS: u32 = 10;

/// Pause between two of these looks.
const PAUSE: Duration = Duration::from_millis(20);

/// Where the server is; the auth string is as good as a password.
#[derive(Serialize, Deserialize)]
pub(crate) struct Address {
    pub(crate) pid: u32,
    api_url: String,
    auth_string: String,
}

/// The file cannot be used, or another process serves the workspace.
#[derive(Debug, thiserror::Error)]
pub(crate) enum PublicationError {
    #[error("cannot make the folder `{}`", path.display())]
    CreateFolder { path: PathBuf, source: io::Error },
    #[error("cannot open `{}`", path.display())]
    Open { path: PathBuf, source: io::Error },
    #[error("cannot lock `{}`", path.display())]
    Lock { path: PathBuf, source: io::Error },
    #[error("cannot write `{}`", path.display())]
    Write { path: PathBuf, source: io::Error },
    #[error("`deploy serve` is running already{}", pid.map(|pid| format!(" (process {pid})")).unwrap_or_default())]
    Taken { pid: Option<u32> },
}

impl Explain for PublicationError {
    fn help(&self) -> Option<String> {
        Some(match self {
            Self::Taken { .. } => {
                "the other commands use it; stop it first to start another".to_owned()
            }
            Self::Lock { .. } => "the file system must support locks".to_owned(),
            Self::CreateFolder { .. } | Self::Open { .. } | Self::Write { .. } => {
                "make the workspace's state folder readable and writable".to_owned()
            }
        })
    }
}

impl Address {
    /// How a client reaches the server.
    pub(crate) fn client_options(&self) -> ClientOptions {
        ClientOptions {
            authentication: Authentication::AuthString(Secret::new(self.auth_string.clone())),
            ..ClientOptions::new(&self.api_url)
        }
    }

    /// The address of a server of this process.
    pub(crate) fn of(server: &Server) -> Self {
        Self {
            pid: process::id(),
            api_url: server.api_url(),
            auth_string: server.auth_string().to_owned(),
        }
    }

    /// The variables by which a flow's program finds the server.
    pub(crate) fn environment(&self) -> [(&'static str, &str); 2] {
        [
            ("PREFECT_API_URL", &self.api_url),
            ("PREFECT_API_AUTH_STRING", &self.auth_string),
        ]
    }
}

/// Who serves a state folder.
enum Presence {
    Nobody,
    /// A process that is beginning or ending.
    Somebody,
    At(Address),
}

/// The server of the process that serves this state folder, if one does; one that is beginning or ending is waited for.
///
/// # Errors
/// The file exists and cannot be read or locked.
pub(crate) async fn find(folder: &Path) -> Result<Option<Address>, PublicationError> {
    loop {
        match look(folder)? {
            Presence::Nobody => return Ok(None),
            Presence::Somebody => tokio::time::sleep(PAUSE).await,
            Presence::At(address) => return Ok(Some(address)),
        }
    }
}

fn look(folder: &Path) -> Result<Presence, PublicationError> {
    let path = folder.join(FILE);
    let mut file = match File::open(&path) {
        Ok(file) => file,
        Err(error) if is_absent(&error) => return Ok(Presence::Nobody),
        Err(source) => return Err(PublicationError::Open { path, source }),
    };
    match file.try_lock_shared() {
        // Whoever wrote it is gone.
        Ok(()) => Ok(Presence::Nobody),
        Err(TryLockError::WouldBlock) => {
            let mut text = String::new();
            let read = file.read_to_string(&mut text);
            read.map_err(|source| PublicationError::Open { path, source })?;
            Ok(serde_json::from_str(&text).map_or(Presence::Somebody, Presence::At))
        }
        Err(TryLockError::Error(source)) => Err(PublicationError::Lock { path, source }),
    }
}

/// No file, or no folder for it: what is in the way is told by whoever needs the folder.
fn is_absent(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory
    )
}

/// The right to serve a workspace, held until this value or the process is gone.
#[derive(Debug)]
pub(crate) struct Publication {
    file: File,
    path: PathBuf,
}

impl Publication {
    /// Takes the place of the one process that serves the workspace; nothing is published yet.
    ///
    /// # Errors
    /// Another process has it, or the state folder cannot be written.
    pub(crate) async fn take(folder: &Path) -> Result<Self, PublicationError> {
        private_folder(folder).map_err(|source| PublicationError::CreateFolder {
            path: folder.to_owned(),
            source,
        })?;
        let path = folder.join(FILE);
        let file = private_file(&path).map_err(|source| PublicationError::Open {
            path: path.clone(),
            source,
        })?;
        for _ in 0..ATTEMPTS {
            match file.try_lock() {
                Ok(()) => {
                    let mut taken = Self { file, path };
                    taken.write("")?;
                    return Ok(taken);
                }
                Err(TryLockError::Error(source)) => {
                    return Err(PublicationError::Lock { path, source });
                }
                Err(TryLockError::WouldBlock) => tokio::time::sleep(PAUSE).await,
            }
        }
        Err(PublicationError::Taken {
            pid: match look(folder)? {
                Presence::At(address) => Some(address.pid),
                Presence::Nobody | Presence::Somebody => None,
            },
        })
    }

    /// Tells where the server is.
    ///
    /// # Errors
    /// The file cannot be written.
    pub(crate) fn publish(&mut self, server: &Server) -> Result<(), PublicationError> {
        let text = serde_json::to_string(&Address::of(server));
        let text = text.map_err(|source| PublicationError::Write {
            path: self.path.clone(),
            source: source.into(),
        })?;
        self.write(&text)
    }

    /// Takes back what was told, and keeps the place until what is returned is dropped. The file itself stays, since
    /// another process may have opened it.
    ///
    /// # Errors
    /// The file cannot be written.
    pub(crate) fn withdraw(mut self) -> Result<Self, PublicationError> {
        self.write("")?;
        Ok(self)
    }

    fn write(&mut self, text: &str) -> Result<(), PublicationError> {
        let written = self
            .file
            .set_len(0)
            .and_then(|()| self.file.rewind())
            .and_then(|()| self.file.write_all(text.as_bytes()));
        written.map_err(|source| PublicationError::Write {
            path: self.path.clone(),
            source,
        })
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use longshore_embedded::Embedded;
    use longshore_prefect::Client;

    use super::*;

    #[tokio::test]
    async fn others_find_it_while_it_lives() {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path();
        assert!(find(folder).await.unwrap().is_none());
        let server = Embedded::open(folder).unwrap().serve().await.unwrap();
        let mut taken = Publication::take(folder).await.unwrap();
        let mut finding = std::pin::pin!(find(folder));
        let found = tokio::time::timeout(PAUSE, &mut finding).await;
        assert!(found.is_err(), "nothing is told yet");
        taken.publish(&server).unwrap();
        let address = finding.await.unwrap().unwrap();
        assert_eq!(address.pid, process::id());
        let client = Client::new(address.client_options()).unwrap();
        assert_eq!(client.version().await.unwrap(), "3.8.8");
        let second = Publication::take(folder).await.unwrap_err();
        assert!(
            second
                .to_string()
                .contains(&format!("(process {})", process::id())),
            "{second}"
        );
        drop(taken.withdraw().unwrap());
        assert!(find(folder).await.unwrap().is_none());
        assert_eq!(fs::read_to_string(folder.join(FILE)).unwrap(), "");
    }

    #[tokio::test]
    async fn what_a_killed_process_has_left_is_recognised() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join(FILE);
        let left = r#"{"pid":1,"api_url":"http://127.0.0.1:1/api","auth_string":"a:b"}"#;
        fs::write(&file, left).unwrap();
        assert!(find(folder.path()).await.unwrap().is_none());
        drop(Publication::take(folder.path()).await.unwrap());
        assert_eq!(fs::read_to_string(&file).unwrap(), "");
    }

    #[cfg(unix)]
    #[tokio::test]
    async fn only_the_owner_can_read_it() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join(FILE);
        fs::write(&file, "").unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o644)).unwrap();
        drop(Publication::take(folder.path()).await.unwrap());
        assert_eq!(
            fs::metadata(&file).unwrap().permissions().mode() & 0o777,
            0o600
        );
    }
}
