//! The programs that are measured, each in processes of its own.

use std::path::{Path, PathBuf};
use std::process::Command;

use longshore_rig::{AzuriteServer, install_azure_sdk};
use serde_json::Value;

use super::files::Load;
use crate::bench::cargo::{build, output};
use crate::bench::progress;
use crate::command::{Error, root};

const CONNECTION_STRING: &str = "AZURE_STORAGE_CONNECTION_STRING";

/// Who stores.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    /// `longshore-storage`, as `deploy` uses it.
    Ours,
    /// The same blocks by bare requests.
    Floor,
    /// `upload_blob` of the Azure SDK for Python.
    Python,
}

impl Side {
    pub(super) const ALL: [Self; 3] = [Self::Ours, Self::Floor, Self::Python];

    /// As containers may be called.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Ours => "ours",
            Self::Floor => "floor",
            Self::Python => "python",
        }
    }
}

/// What storing a load has taken.
#[derive(Debug)]
pub(super) struct Upload {
    /// From the first file to the last, without the start of the program.
    pub(super) seconds: f64,
    /// That were resident at most.
    pub(super) kib: u64,
    /// Digests of the files, where the side knows them.
    pub(super) sha256: Vec<String>,
}

/// All of them.
#[derive(Debug)]
pub(super) struct Programs {
    bench: PathBuf,
    python: PathBuf,
    pub(super) runner: PathBuf,
}

impl Programs {
    /// Builds and installs what is not there.
    ///
    /// # Errors
    /// Cargo fails, or the Azure SDK cannot be installed.
    pub(super) fn install() -> Result<Self, Error> {
        progress("building longshore-run and the sides in release");
        Ok(Self {
            bench: build("bench --no-run -p longshore-storage --bench storage")?,
            runner: build("build --release -p longshore-run")?,
            python: install_azure_sdk(&root())?,
        })
    }

    /// Stores a load in a new container.
    ///
    /// # Errors
    /// The side fails.
    pub(super) fn upload(
        &self,
        side: Side,
        server: &AzuriteServer,
        container: &str,
        load: &Load,
    ) -> Result<Upload, Error> {
        let mut command = match side {
            Side::Ours => self.command("store"),
            Side::Floor => self.command("floor"),
            Side::Python => {
                let script = root().join("xtask/src/bench/storage/upload_blob.py");
                let mut command = Command::new(&self.python);
                command.arg(script);
                command
            }
        };
        command.arg(container).arg(&load.folder);
        measurement(&mut command, &server.connection_string())
    }

    /// Looks for a load that is there, and returns the seconds that it has taken.
    ///
    /// # Errors
    /// Something of it is not there.
    pub(super) fn find(
        &self,
        connection_string: &str,
        container: &str,
        load: &Load,
    ) -> Result<f64, Error> {
        let mut command = self.command("find");
        command.arg(container).arg(&load.folder);
        Ok(measurement(&mut command, connection_string)?.seconds)
    }

    /// Fetches a blob by a bare request, and returns the seconds that it has taken.
    ///
    /// # Errors
    /// It is not there.
    pub(super) fn get(
        &self,
        server: &AzuriteServer,
        container: &str,
        url: &str,
        target: &Path,
    ) -> Result<f64, Error> {
        let mut command = self.command("get");
        command.arg(container).arg(url).arg(target);
        Ok(measurement(&mut command, &server.connection_string())?.seconds)
    }

    fn command(&self, word: &str) -> Command {
        let mut command = Command::new(&self.bench);
        command.arg(word);
        command
    }
}

/// Runs a side to its end, and reads what it has measured.
fn measurement(command: &mut Command, connection_string: &str) -> Result<Upload, Error> {
    command.env(CONNECTION_STRING, connection_string);
    let text = output(command)?;
    let value: Value = serde_json::from_str(&text).unwrap_or_default();
    let digests = value["sha256"].as_array().into_iter().flatten();
    match (value["seconds"].as_f64(), value["kib"].as_u64()) {
        (Some(seconds), Some(kib)) => Ok(Upload {
            seconds,
            kib,
            sha256: digests
                .filter_map(Value::as_str)
                .map(str::to_owned)
                .collect(),
        }),
        _ => Err(Error::Measurement { text }),
    }
}
