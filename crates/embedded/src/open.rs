use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use redb::{Database, DatabaseError, ReadOnlyDatabase, ReadableDatabase};
use tokio::sync::oneshot;

use crate::damage::{self, calling, catching};
use crate::private::{private_file, private_folder};
use crate::server::{ServeError, Server};
use crate::store::{self, Store};

const FILE: &str = "prefect.redb";

/// When a [`WriteHook`] is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WritePhase {
    /// A request has made its changes, and none of them is stored yet.
    BeforeCommit,
    /// All changes of the request are stored, and no answer was sent yet.
    AfterCommit,
}

/// Called around the commit of every request that changes something, with the commit's number since the database was
/// opened, from 1 on.
pub type WriteHook = Arc<dyn Fn(WritePhase, u64) + Send + Sync>;

/// How a database is opened.
#[derive(Clone, Default)]
pub struct Options {
    /// For tests that inject faults: it may end the process to see what a kill leaves behind.
    pub on_write: Option<WriteHook>,
}

impl fmt::Debug for Options {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Options")
            .field("on_write", &self.on_write.is_some())
            .finish()
    }
}

/// Why a database could not be opened; nothing was changed or deleted.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The folder cannot be created, or cannot be made private.
    #[error("cannot create the folder `{}` for its owner alone", folder.display())]
    CreateFolder {
        /// The folder.
        folder: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// Another process has it open.
    #[error("the database `{}` is in use by another process", file.display())]
    InUse {
        /// The database's file.
        file: PathBuf,
    },
    /// The file cannot be opened, or is no intact database.
    #[error("the database `{}` could not be opened", file.display())]
    OpenDatabase {
        /// The database's file.
        file: PathBuf,
        /// Why.
        source: Box<redb::Error>,
    },
    /// The file was written by another version of Longshore.
    #[error("the database `{}` has version {found}, this program needs {needed}", file.display())]
    OtherVersion {
        /// The database's file.
        file: PathBuf,
        /// The version in the file; 0 for a database that is not Longshore's.
        found: u64,
        /// The version that this program reads and writes.
        needed: u64,
    },
}

impl OpenError {
    /// What to do about it, in one sentence.
    pub fn help(&self) -> String {
        match self {
            Self::CreateFolder { .. } => "make the folder writable, and owned by the user who runs this: its files hold secrets".to_owned(),
            Self::InUse { .. } => "wait for the other command to end, or stop it".to_owned(),
            Self::OpenDatabase { file, .. } => damage::help(file),
            Self::OtherVersion {
                file,
                found,
                needed,
            } if found > needed => {
                format!(
                    "use the newer Longshore that wrote `{}`, or move the file away to begin anew",
                    file.display()
                )
            }
            Self::OtherVersion { file, .. } => {
                format!("move `{}` away to begin anew", file.display())
            }
        }
    }
}

/// An open database, ready to be served.
#[derive(Debug)]
pub struct Embedded {
    store: Store,
    closed: oneshot::Receiver<()>,
}

impl Embedded {
    /// Whether this folder has a database.
    #[must_use]
    pub fn is_in(folder: &Path) -> bool {
        folder.join(FILE).is_file()
    }

    /// Opens, or makes, the database `prefect.redb` in this folder.
    ///
    /// # Errors
    /// The folder or the file cannot be written, the file is in use, corrupt, or of another version.
    pub fn open(folder: &Path) -> Result<Self, OpenError> {
        Self::open_with(folder, Options::default())
    }

    /// As [`Embedded::open`], with options.
    ///
    /// # Errors
    /// As of [`Embedded::open`].
    pub fn open_with(folder: &Path, options: Options) -> Result<Self, OpenError> {
        private_folder(folder).map_err(|source| OpenError::CreateFolder {
            folder: folder.to_owned(),
            source,
        })?;
        let file = folder.join(FILE);
        let database = catching(|| calling(|| open_database(&file)))
            .map_err(|failure| failure.of_file(&file))?;
        let (store, closed) = Store::new(database, file, options.on_write);
        Ok(Self { store, closed })
    }

    #[cfg(test)]
    pub(crate) fn into_store(self) -> Store {
        self.store
    }

    /// Serves the database on a free port of 127.0.0.1, until the server is shut down or dropped.
    ///
    /// # Errors
    /// No port can be bound.
    pub async fn serve(self) -> Result<Server, ServeError> {
        Server::start(self.store, self.closed).await
    }
}

/// Why the file of a database could not be opened.
enum Failure {
    InUse,
    Redb(redb::Error),
    OtherVersion(u64),
}

impl<E: Into<redb::Error>> From<E> for Failure {
    fn from(error: E) -> Self {
        match error.into() {
            redb::Error::DatabaseAlreadyOpen => Self::InUse,
            error => Self::Redb(error),
        }
    }
}

impl Failure {
    fn of_file(self, file: &Path) -> OpenError {
        let file = file.to_owned();
        match self {
            Self::InUse => OpenError::InUse { file },
            Self::Redb(source) => OpenError::OpenDatabase {
                file,
                source: Box::new(source),
            },
            Self::OtherVersion(found) => OpenError::OtherVersion {
                file,
                found,
                needed: store::VERSION,
            },
        }
    }
}

/// Opens, or creates, the database. After an unclean end redb verifies the checksums of all pages and repairs the file.
fn open_database(file: &Path) -> Result<Database, Failure> {
    // A file without content holds nothing that could be lost.
    if std::fs::metadata(file).is_ok_and(|found| found.len() > 0) {
        check_before_writing(file)?;
    } else {
        make(file)?;
    }
    let database = Database::create(file)?;
    let found = store::version(&database.begin_read()?)?;
    match found {
        Some(store::VERSION) => {}
        Some(store::WITHOUT_UNFINISHED) => store::index_unfinished(&database)?,
        found => return Err(Failure::OtherVersion(found.unwrap_or_default())),
    }
    Ok(database)
}

/// Makes a database under another name and gives it its own once it is whole, so that a process that is killed
/// meanwhile leaves nothing that cannot be opened.
fn make(file: &Path) -> Result<(), Failure> {
    let unfinished = file.with_extension("redb.new");
    match std::fs::remove_file(&unfinished) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error.into()),
        _ => {}
    }
    private_file(&unfinished)?;
    let database = Database::create(&unfinished)?;
    store::initialise(&database)?;
    drop(database);
    Ok(std::fs::rename(&unfinished, file)?)
}

/// Looks at the version of an existing file without writing a byte of it.
fn check_before_writing(file: &Path) -> Result<(), Failure> {
    let database = match ReadOnlyDatabase::open(file) {
        Ok(database) => database,
        // It was not closed in order; opening it for writing repairs it from its last commit.
        Err(DatabaseError::RepairAborted) => return Ok(()),
        Err(error) => return Err(error.into()),
    };
    match store::version(&database.begin_read()?)? {
        Some(found) if ![store::VERSION, store::WITHOUT_UNFINISHED].contains(&found) => {
            Err(Failure::OtherVersion(found))
        }
        _ => Ok(()),
    }
}
