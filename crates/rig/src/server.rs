//! A Prefect server.

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::environment::Version;
use crate::error::RigError;
use crate::health::answers;
use crate::process::Process;

/// A first start makes the database, which takes ten seconds on a fast machine.
const START: Duration = Duration::from_secs(180);

/// How often a starting server is asked.
const ASK: Duration = Duration::from_millis(200);

/// A Prefect server on a free loopback port with a folder of its own; it is stopped when this value goes away.
#[derive(Debug)]
pub struct PrefectServer {
    version: Version,
    // Before the folder, so that the process has ended when the folder is removed.
    process: Process,
    port: u16,
    /// Prefect's settings beyond those of the rig, as variables of the environment.
    settings: Vec<(&'static str, String)>,
    home: TempDir,
}

impl PrefectServer {
    /// Starts a server on SQLite and waits until it answers.
    ///
    /// # Errors
    /// The version is not installed, or the server does not become ready.
    pub fn start(version: Version) -> Result<Self, RigError> {
        Self::start_with(version, Vec::new())
    }

    /// As [`PrefectServer::start`], with settings of Prefect's as variables of its environment.
    ///
    /// # Errors
    /// As of [`PrefectServer::start`].
    pub fn start_with(
        version: Version,
        settings: Vec<(&'static str, String)>,
    ) -> Result<Self, RigError> {
        let home = tempfile::tempdir().map_err(|source| RigError::File {
            path: std::env::temp_dir(),
            source,
        })?;
        let port = free_port()?;
        let process = Self::spawn(version, port, home.path(), &settings)?;
        let mut server = Self {
            version,
            process,
            port,
            settings,
            home,
        };
        server.wait_until_ready()?;
        Ok(server)
    }

    /// Base URL of its API, for `PREFECT_API_URL`.
    #[must_use]
    pub fn api_url(&self) -> String {
        format!("http://127.0.0.1:{}/api", self.port)
    }

    /// Which Prefect it is.
    #[must_use]
    pub fn version(&self) -> Version {
        self.version
    }

    /// Its `PREFECT_HOME`.
    #[must_use]
    pub fn home(&self) -> &Path {
        self.home.path()
    }

    /// Ends the server as a crash would; [`PrefectServer::restart`] starts it again.
    pub fn kill(&mut self) {
        self.process.kill();
    }

    /// Stops the server and starts it again on the same port and database.
    ///
    /// # Errors
    /// It does not become ready again.
    pub fn restart(self) -> Result<Self, RigError> {
        let Self {
            version,
            process,
            port,
            settings,
            home,
        } = self;
        drop(process);
        let mut server = Self {
            version,
            process: Self::spawn(version, port, home.path(), &settings)?,
            port,
            settings,
            home,
        };
        server.wait_until_ready()?;
        Ok(server)
    }

    fn spawn(
        version: Version,
        port: u16,
        home: &Path,
        settings: &[(&'static str, String)],
    ) -> Result<Process, RigError> {
        let log: PathBuf = home.join("server.log");
        let port = port.to_string();
        let mut command = prefect(version, home, &format!("http://127.0.0.1:{port}/api"))?;
        command
            .args(["server", "start", "--host", "127.0.0.1", "--port", &port])
            .envs(settings.iter().map(|(name, value)| (name, value)));
        Process::start(&mut command, &log)
    }

    fn wait_until_ready(&mut self) -> Result<(), RigError> {
        let deadline = Instant::now() + START;
        let reason = loop {
            if answers(self.port) {
                return Ok(());
            }
            if self.process.has_ended() {
                break "it ended".to_owned();
            }
            if Instant::now() > deadline {
                break format!("no answer within {} s", START.as_secs());
            }
            std::thread::sleep(ASK);
        };
        Err(RigError::NotReady {
            what: self.version.name().to_owned(),
            reason,
            log: self.process.log.clone(),
        })
    }
}

/// Prefect's command line in an environment that knows nothing of the user's own Prefect.
pub(crate) fn prefect(version: Version, home: &Path, api_url: &str) -> Result<Command, RigError> {
    let mut command = Command::new(version.python()?);
    command
        // 2.20 has no module that `python -m` could run.
        .args(["-c", "from prefect.cli import app; app()"])
        .env("PREFECT_HOME", home)
        .env("PREFECT_PROFILES_PATH", home.join("profiles.toml"))
        .env("PREFECT_API_URL", api_url)
        .env("PREFECT_SERVER_ANALYTICS_ENABLED", "false")
        .env("PREFECT_LOGGING_SERVER_LEVEL", "ERROR")
        .env("DO_NOT_TRACK", "1")
        .env_remove("PREFECT_API_KEY")
        .env_remove("PREFECT_PROFILE");
    Ok(command)
}

fn free_port() -> Result<u16, RigError> {
    TcpListener::bind(("127.0.0.1", 0))
        .and_then(|listener| listener.local_addr())
        .map(|address| address.port())
        .map_err(|source| RigError::File {
            path: "127.0.0.1:0".into(),
            source,
        })
}
