//! One Python environment per Prefect version, from a lock file.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

use crate::command::run;
use crate::error::RigError;

const PYTHON: &str = "install Python 3.11, on Debian: apt-get install python3 python3-venv";

/// Name of the environment with the Azure SDK for Python.
const AZURE_SDK: &str = "azure-storage-blob-12.31.1";

/// Copies the files of the user interface to the path of the servers. The first server of an environment does the same,
/// and if two start concurrently, one fails with `FileExistsError`.
const COPY_UI: &str =
    "from prefect.server.api.server import create_ui_app; create_ui_app(ephemeral=False)";

/// A version of Prefect that the tests run against.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Version {
    /// 3.8.8
    Prefect3,
    /// 2.20.26
    Prefect2,
}

impl Version {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::Prefect3, Self::Prefect2];

    /// Name of the lock file and of the environment's folder.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Prefect3 => "prefect-3.8.8",
            Self::Prefect2 => "prefect-2.20.26",
        }
    }

    /// Variable that names the environment's Python, where it is not that of this repository's rig.
    #[must_use]
    pub fn variable(self) -> &'static str {
        match self {
            Self::Prefect3 => "LONGSHORE_RIG_PREFECT_3",
            Self::Prefect2 => "LONGSHORE_RIG_PREFECT_2",
        }
    }

    /// The Python of the installed environment: what [`Version::variable`] names, else that of this repository's rig.
    ///
    /// # Errors
    /// The variable is not set, and nothing is installed.
    pub fn python(self) -> Result<PathBuf, RigError> {
        let variable = self.variable();
        if let Some(python) = std::env::var_os(variable) {
            return Ok(python.into());
        }
        let folder = folder(&root()).join(self.name());
        let python = folder.join("bin/python");
        // Written last by an installation.
        if folder.join("installed.txt").exists() {
            Ok(python)
        } else {
            Err(RigError::NotInstalled { variable, folder })
        }
    }
}

/// The repository's root.
pub(crate) fn root() -> PathBuf {
    let crates = Path::new(env!("CARGO_MANIFEST_DIR")).parent();
    crates
        .and_then(Path::parent)
        .map(PathBuf::from)
        .unwrap_or_default()
}

/// Where the rig of a repository keeps everything.
pub(crate) fn folder(root: &Path) -> PathBuf {
    root.join("target/rig")
}

/// Creates a folder that is removed when the value is dropped.
pub(crate) fn temporary_folder() -> Result<TempDir, RigError> {
    TempDir::new().map_err(|source| RigError::file(&std::env::temp_dir(), source))
}

/// Installs a version under `<root>/target/rig/` from `<root>/xtask/rig/`, and returns its Python.
///
/// An environment whose lock file has not changed since is left alone, and one that [`Version::variable`] names is taken as it is.
///
/// # Errors
/// Python is missing, the lock file cannot be read, or the installation fails.
pub fn install(version: Version, root: &Path) -> Result<PathBuf, RigError> {
    match std::env::var_os(version.variable()) {
        Some(python) => Ok(python.into()),
        None => install_locked(version.name(), root, Some(COPY_UI)),
    }
}

/// Installs the Azure SDK's `azure-storage-blob` likewise, with which the store is compared, and returns its Python.
///
/// # Errors
/// As of [`install`].
pub fn install_azure_sdk(root: &Path) -> Result<PathBuf, RigError> {
    install_locked(AZURE_SDK, root, None)
}

/// An environment with what the lock file of its name says; `prepare` is run in it once.
#[expect(
    clippy::print_stderr,
    reason = "progress of a command that takes a minute"
)]
fn install_locked(name: &str, root: &Path, prepare: Option<&str>) -> Result<PathBuf, RigError> {
    let lock_file = root.join("xtask/rig").join(format!("{name}.txt"));
    let folder = folder(root).join(name);
    let python = folder.join("bin/python");
    let installed = folder.join("installed.txt");
    let locked = fs::read_to_string(&lock_file).map_err(|source| RigError::File {
        path: lock_file.clone(),
        source,
    })?;
    if fs::read_to_string(&installed).is_ok_and(|text| text == locked) {
        return Ok(python);
    }
    eprintln!("installing {name} under target/rig/");
    run(
        Command::new("python3")
            .args(["-m", "venv", "--clear"])
            .arg(&folder),
        PYTHON,
    )?;
    run(
        Command::new(&python)
            .args([
                "-m",
                "pip",
                "install",
                "--quiet",
                "--no-deps",
                "--requirement",
            ])
            .arg(&lock_file),
        PYTHON,
    )?;
    if let Some(prepare) = prepare {
        let mut python = Command::new(&python);
        run(
            python
                .args(["-c", prepare])
                .env("PREFECT_HOME", folder.join("home")),
            PYTHON,
        )?;
    }
    // Written last: an installation that was interrupted is made anew.
    fs::write(&installed, locked).map_err(|source| RigError::File {
        path: installed,
        source,
    })?;
    Ok(python)
}
