//! Azurite, Microsoft's emulator of Azure Storage, in strict mode on a free port.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use tempfile::TempDir;

use crate::environment::{folder, root, temporary_folder};
use crate::error::RigError;
use crate::node::install_packages;
use crate::process::{Ending, Process};

/// Variable that names the folder with Azurite's `node_modules`, where it is not that of this repository's rig.
const VARIABLE: &str = "LONGSHORE_RIG_AZURITE";

/// The file with its output, an access log among it.
const LOG: &str = "azurite.log";

const PROGRAM: &str = "node_modules/azurite/dist/src/blob/main.js";

/// Node reads some hundred files before Azurite listens.
const START: Duration = Duration::from_secs(60);

/// What Azurite writes before its address.
const LISTENS: &str = "successfully listens on ";

/// Installs Azurite under `<root>/target/rig/` from its lock file, and returns the folder.
///
/// An installation whose lock file has not changed since is left alone, and one that `LONGSHORE_RIG_AZURITE` names is
/// taken as it is.
///
/// # Errors
/// The lock file cannot be copied, or npm fails.
pub fn install_azurite(root: &Path) -> Result<(&'static str, PathBuf), RigError> {
    if let Some(folder) = std::env::var_os(VARIABLE) {
        return Ok((VARIABLE, folder.into()));
    }
    Ok((VARIABLE, install_packages("azurite", &[], root)?))
}

/// A blob service of Azurite with an empty development account; it is stopped when this value goes away.
#[derive(Debug)]
pub struct AzuriteServer {
    _process: Process,
    endpoint: String,
    home: TempDir,
}

impl AzuriteServer {
    /// The account that Azurite has.
    pub const ACCOUNT: &str = "devstoreaccount1";

    /// The published key of that account.
    pub const KEY: &str =
        "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==";

    /// Starts it with the account key and SAS as credentials, over HTTP.
    ///
    /// # Errors
    /// It is not installed or does not become ready.
    pub fn start() -> Result<Self, RigError> {
        Self::start_with(&[])
    }

    /// Starts it with tokens of Microsoft Entra as credentials too, over HTTPS with a certificate for 127.0.0.1.
    ///
    /// `--oauth basic` reads a token's issuer, audience and times, but not its signature.
    ///
    /// # Errors
    /// It is not installed or does not become ready.
    pub fn start_with_tokens(certificate: &Path, key: &Path) -> Result<Self, RigError> {
        let (certificate, key) = (certificate.to_string_lossy(), key.to_string_lossy());
        Self::start_with(&["--oauth", "basic", "--cert", &certificate, "--key", &key])
    }

    fn start_with(arguments: &[&str]) -> Result<Self, RigError> {
        let home = temporary_folder()?;
        let log = home.path().join(LOG);
        let mut command = Command::new("node");
        command
            .arg(program()?)
            .args(["--blobHost", "127.0.0.1", "--blobPort", "0"])
            .args(["--disableTelemetry", "--location"])
            .arg(home.path().join("data"))
            .args(arguments);
        let mut process = Process::start(&mut command, Ending::Terminate, &log)?;
        process.wait_until("Azurite", START, || listening(&log).is_some())?;
        let endpoint = format!("{}/{}", listening(&log).unwrap_or_default(), Self::ACCOUNT);
        Ok(Self {
            _process: process,
            endpoint,
            home,
        })
    }

    /// URL of the account's blob service, without a slash at its end.
    #[must_use]
    pub fn endpoint(&self) -> &str {
        &self.endpoint
    }

    /// Connection string with the account's key.
    #[must_use]
    pub fn connection_string(&self) -> String {
        format!(
            "DefaultEndpointsProtocol={};AccountName={};AccountKey={};BlobEndpoint={};",
            self.endpoint.split(':').next().unwrap_or_default(),
            Self::ACCOUNT,
            Self::KEY,
            self.endpoint
        )
    }

    /// The requests so far, each as its method and URL, from Azurite's access log.
    #[must_use]
    pub fn requests(&self) -> Vec<String> {
        let log = fs::read_to_string(self.home.path().join(LOG)).unwrap_or_default();
        let requests = log.lines().filter_map(|line| {
            let (_, request) = line.split_once("] \"")?;
            let (request, _) = request.split_once(" HTTP/")?;
            Some(request.to_owned())
        });
        requests.collect()
    }

    /// The folder with the content of its blobs, several of them in one file.
    #[must_use]
    pub fn data(&self) -> PathBuf {
        self.home.path().join("data/__blobstorage__")
    }
}

fn program() -> Result<PathBuf, RigError> {
    let installed = match std::env::var_os(VARIABLE) {
        Some(folder) => folder.into(),
        None => folder(&root()).join("azurite"),
    };
    let program = installed.join(PROGRAM);
    if program.is_file() {
        Ok(program)
    } else {
        Err(RigError::NotInstalled {
            variable: VARIABLE,
            folder: installed,
        })
    }
}

/// The address in Azurite's output, once it is there.
fn listening(log: &Path) -> Option<String> {
    let text = fs::read_to_string(log).ok()?;
    let (_, address) = text.split_once(LISTENS)?;
    let (address, _) = address.split_once('\n')?;
    Some(address.trim().to_owned())
}
