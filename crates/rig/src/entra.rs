//! Token endpoint that replaces Microsoft Entra and the endpoint of managed identities in tests.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use rcgen::CertifiedKey;
use tempfile::TempDir;

use crate::environment::temporary_folder;
use crate::error::RigError;
use crate::process::{Ending, Process};

const PROGRAM: &str = include_str!("entra.py");

const START: Duration = Duration::from_secs(60);

/// Running token endpoint, and a certificate for 127.0.0.1 that other servers of a test can use.
#[derive(Debug)]
pub struct EntraServer {
    _process: Process,
    https: u16,
    http: u16,
    folder: TempDir,
}

impl EntraServer {
    /// Starts it on free loopback ports.
    ///
    /// # Errors
    /// The certificate cannot be created, Python is missing, or the endpoint does not become ready.
    pub fn start() -> Result<Self, RigError> {
        let folder = temporary_folder()?;
        let write = |name: &str, text: &str| {
            let path = folder.path().join(name);
            fs::write(&path, text).map_err(|source| RigError::file(&path, source))
        };
        let CertifiedKey { cert, signing_key } =
            rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()])
                .map_err(|source| RigError::Certificate(source.to_string()))?;
        write("certificate.pem", &cert.pem())?;
        write("key.pem", &signing_key.serialize_pem())?;
        write("requests", "")?;
        write("entra.py", PROGRAM)?;
        let log = folder.path().join("entra.log");
        let mut command = Command::new("python3");
        command.current_dir(folder.path()).args([
            "entra.py",
            "requests",
            "certificate.pem",
            "key.pem",
        ]);
        let mut process = Process::start(&mut command, Ending::Terminate, &log)?;
        process.wait_until("the endpoint for tokens", START, || ports(&log).is_some())?;
        let (https, http) = ports(&log).unwrap_or_default();
        Ok(Self {
            _process: process,
            https,
            http,
            folder,
        })
    }

    /// URL for `AZURE_AUTHORITY_HOST`.
    #[must_use]
    pub fn https(&self) -> String {
        format!("https://127.0.0.1:{}", self.https)
    }

    /// URL for `IDENTITY_ENDPOINT`, without a path.
    #[must_use]
    pub fn http(&self) -> String {
        format!("http://127.0.0.1:{}", self.http)
    }

    /// Path of the certificate in PEM.
    #[must_use]
    pub fn certificate(&self) -> PathBuf {
        self.folder.path().join("certificate.pem")
    }

    /// Path of the certificate's key in PEM.
    #[must_use]
    pub fn key(&self) -> PathBuf {
        self.folder.path().join("key.pem")
    }

    /// Requests since the last call: request lines, headers and bodies.
    #[must_use]
    pub fn asked(&self) -> String {
        let requests = self.folder.path().join("requests");
        let asked = fs::read_to_string(&requests).unwrap_or_default();
        // The endpoint appends to the same file.
        let _emptied = fs::write(requests, "");
        asked
    }
}

/// Returns the ports that the endpoint prints when it listens.
fn ports(log: &Path) -> Option<(u16, u16)> {
    let text = fs::read_to_string(log).ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix("ports "))?;
    let (https, http) = line.split_once(' ')?;
    Some((https.parse().ok()?, http.parse().ok()?))
}
