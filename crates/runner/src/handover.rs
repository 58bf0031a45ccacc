//! The folder in which an init container leaves the program for the container of the run.
//!
//! The init container has credentials for the store and no access to Prefect; the container of the run has it the other
//! way round. It therefore verifies the program again, and reports why the init container has left none.

use std::fs::{self, Permissions};
use std::io;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use longshore_storage::{
    AllowedStores, ArtifactLocation, Executable, NamedArtifact, VerifiedBinary,
};

use crate::cache::Cache;
use crate::error::RunError;
use crate::{executable, fetch, say, variable};

/// Variable with the folder, in the container of the run.
const FOLDER: &str = "LONGSHORE_FETCHED";

/// Variables with the artifact and its SHA-256, in the init container.
const ARTIFACT: &str = "LONGSHORE_ARTIFACT";
const SHA256: &str = "LONGSHORE_SHA256";

/// File names in the folder.
const PROGRAM: &str = "flow";
const RUNNER: &str = "longshore-run";
const FAILURE: &str = "failure";

/// Mode of programs: the user of the other container may be another one.
const EXECUTABLE: u32 = 0o555;

/// A folder that two containers share.
pub(crate) struct Handover {
    folder: PathBuf,
}

impl Handover {
    pub(crate) fn new(folder: PathBuf) -> Self {
        Self { folder }
    }

    /// The folder that an init container has filled; `None` where the program comes from the cache.
    pub(crate) fn from_environment(env: &impl Fn(&str) -> Option<String>) -> Option<Self> {
        let folder = env(FOLDER).filter(|folder| !folder.trim().is_empty())?;
        Some(Self::new(folder.into()))
    }

    /// Fetches the artifact that the environment names, and leaves the failure in the folder if that is not possible.
    ///
    /// # Errors
    /// The folder cannot be written.
    pub(crate) async fn fill(
        &self,
        stores: Result<AllowedStores, RunError>,
    ) -> Result<(), RunError> {
        // The other container starts this copy, also to report a failure.
        self.copy_runner()?;
        let Err(error) = self.fetch_named(stores).await else {
            return Ok(());
        };
        let text = error.in_full();
        say(&text);
        fs::write(self.folder.join(FAILURE), text).map_err(|source| self.failed(source))
    }

    async fn fetch_named(&self, stores: Result<AllowedStores, RunError>) -> Result<(), RunError> {
        let (location, sha256) = (variable(ARTIFACT), variable(SHA256));
        let some = |text: &'_ Option<String>| text.clone().filter(|text| !text.trim().is_empty());
        let (location, sha256) = (some(&location), some(&sha256));
        let named = NamedArtifact {
            location: location.as_deref(),
            sha256: sha256.as_deref(),
        };
        let artifact = stores?.choose(named, NamedArtifact::default())?;
        self.put(&artifact).await.map(drop)
    }

    /// Fetches an artifact into the folder, next to a copy of this program; returns the path of the fetched program.
    ///
    /// # Errors
    /// The folder cannot be written, the artifact cannot be fetched, or this machine cannot execute it.
    pub(crate) async fn put(&self, artifact: &ArtifactLocation) -> Result<PathBuf, RunError> {
        let limit = Cache::limit_from_environment(&variable)?;
        self.copy_runner()?;
        let program = self.folder.join(PROGRAM);
        fetch(artifact, &program, limit).await?;
        executable::check_architecture(Executable::read(&program).as_ref())?;
        make_executable(&program).map_err(|source| self.failed(source))?;
        Ok(program)
    }

    /// Leaves a copy of this program in the folder, which is created if it does not exist.
    fn copy_runner(&self) -> Result<(), RunError> {
        let copy = self.folder.join(RUNNER);
        let copied = fs::create_dir_all(&self.folder)
            // A copy of an earlier attempt is read-only.
            .and_then(|()| match fs::remove_file(&copy) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
                _ => Ok(()),
            })
            .and_then(|()| fs::copy(std::env::current_exe()?, &copy))
            .and_then(|_| make_executable(&copy));
        copied.map_err(|source| self.failed(source))
    }

    /// Opens and verifies the program that the init container has left.
    ///
    /// # Errors
    /// The init container has failed, or has left another program.
    pub(crate) fn open(&self, artifact: &ArtifactLocation) -> Result<VerifiedBinary, RunError> {
        if let Ok(reason) = fs::read_to_string(self.folder.join(FAILURE)) {
            return Err(RunError::NotHandedOver(reason));
        }
        let program = self.folder.join(PROGRAM);
        Ok(VerifiedBinary::open(&program, artifact.digest())?)
    }

    fn failed(&self, source: io::Error) -> RunError {
        RunError::Folder {
            path: self.folder.clone(),
            source,
        }
    }
}

/// Whether this process is an init container that is told the artifact by its environment.
pub(crate) fn is_named(env: &impl Fn(&str) -> Option<String>) -> bool {
    env(ARTIFACT).is_some()
}

fn make_executable(path: &Path) -> io::Result<()> {
    fs::set_permissions(path, Permissions::from_mode(EXECUTABLE))
}
