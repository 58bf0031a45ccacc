//! A Prefect server.

use std::hash::{BuildHasher as _, Hasher as _, RandomState};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use tempfile::TempDir;

use crate::environment::{Version, temporary_folder};
use crate::error::RigError;
use crate::health::answers;
use crate::postgres::PostgresServer;
use crate::process::{Ending, Process};

/// A first start makes the database, which takes ten seconds on a fast machine.
const START: Duration = Duration::from_secs(180);

/// Prefect's command line; 2.20 has no module that `python -m` could run.
const COMMAND_LINE: &str = "from prefect.cli import app; app()";

/// The same for a server that may be started again: Prefect's own look at the port refuses one on which connections have
/// just been broken, for a minute, which the server behind it does not.
const SERVER: &str = "\
import socket
bind = socket.socket.bind
def bind_again(self, address):
    self.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    return bind(self, address)
socket.socket.bind = bind_again
from prefect.cli import app
app()
";

/// Where a server keeps what it knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Database {
    /// A file in its `PREFECT_HOME`, Prefect's default.
    #[default]
    Sqlite,
    /// A PostgreSQL server of its own.
    PostgreSql,
}

/// A Prefect server on a free loopback port with a folder of its own; it is stopped when this value goes away.
#[derive(Debug)]
pub struct PrefectServer {
    // Before the database and the folder, so that the process has ended when they go.
    process: Process,
    site: Site,
    postgres: Option<PostgresServer>,
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
        Self::start_on(Database::Sqlite, version, settings)
    }

    /// As [`PrefectServer::start_with`], on a database of choice.
    ///
    /// # Errors
    /// As of [`PrefectServer::start`], and PostgreSQL is not installed or does not become ready.
    pub fn start_on(
        database: Database,
        version: Version,
        mut settings: Vec<(&'static str, String)>,
    ) -> Result<Self, RigError> {
        let home = temporary_folder()?;
        let postgres = match database {
            Database::Sqlite => None,
            Database::PostgreSql => Some(PostgresServer::start()?),
        };
        settings.extend(
            postgres
                .as_ref()
                .map(|postgres| version.on_postgres(postgres)),
        );
        let site = Site {
            version,
            port: free_port()?,
            home: home.path().to_owned(),
            settings,
        };
        Ok(Self {
            process: site.start()?,
            site,
            postgres,
            home,
        })
    }

    /// Base URL of its API, for `PREFECT_API_URL`.
    #[must_use]
    pub fn api_url(&self) -> String {
        self.site.api_url()
    }

    /// Which Prefect it is.
    #[must_use]
    pub fn version(&self) -> Version {
        self.site.version
    }

    /// Its `PREFECT_HOME`.
    #[must_use]
    pub fn home(&self) -> &Path {
        self.home.path()
    }

    /// What its processes have used of the processors since they began; zero where the system has no `/proc`.
    #[must_use]
    pub fn processor_time(&self) -> Duration {
        self.process.group().processor_time()
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
            process,
            site,
            postgres,
            home,
        } = self;
        drop(process);
        Ok(Self {
            process: site.start()?,
            site,
            postgres,
            home,
        })
    }
}

/// What a server is started from.
#[derive(Debug)]
pub(crate) struct Site {
    pub(crate) version: Version,
    pub(crate) port: u16,
    /// Its `PREFECT_HOME`.
    pub(crate) home: PathBuf,
    /// Prefect's settings beyond those of the rig, as variables of the environment.
    pub(crate) settings: Vec<(&'static str, String)>,
}

impl Site {
    pub(crate) fn api_url(&self) -> String {
        format!("http://127.0.0.1:{}/api", self.port)
    }

    /// Starts a server and waits until it answers.
    pub(crate) fn start(&self) -> Result<Process, RigError> {
        let mut process = self.spawn()?;
        self.wait_until_ready(&mut process)?;
        Ok(process)
    }

    pub(crate) fn spawn(&self) -> Result<Process, RigError> {
        let port = self.port.to_string();
        let mut command = python(self.version, SERVER, &self.home, &self.api_url())?;
        command
            .args(["server", "start", "--host", "127.0.0.1", "--port", &port])
            .envs(self.settings.iter().map(|(name, value)| (name, value)));
        let log = self.home.join("server.log");
        Process::start(&mut command, Ending::Terminate, &log)
    }

    pub(crate) fn wait_until_ready(&self, process: &mut Process) -> Result<(), RigError> {
        process.wait_until(self.version.name(), START, || answers(self.port))
    }
}

impl Version {
    /// The setting that puts a server onto PostgreSQL.
    pub(crate) fn on_postgres(self, postgres: &PostgresServer) -> (&'static str, String) {
        let name = match self {
            Self::Prefect3 => "PREFECT_SERVER_DATABASE_CONNECTION_URL",
            Self::Prefect2 => "PREFECT_API_DATABASE_CONNECTION_URL",
        };
        (name, postgres.connection_url())
    }
}

/// Prefect's command line in an environment that knows nothing of the user's own Prefect.
///
/// # Errors
/// The version is not installed.
pub fn prefect(version: Version, home: &Path, api_url: &str) -> Result<Command, RigError> {
    python(version, COMMAND_LINE, home, api_url)
}

fn python(
    version: Version,
    program: &str,
    home: &Path,
    api_url: &str,
) -> Result<Command, RigError> {
    let mut command = Command::new(version.python()?);
    command
        .args(["-c", program])
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

/// Ports below those that the system gives to whoever binds port 0: a server of another test would get one of these
/// before the server that it was chosen for has started, and would answer in its place.
const PORTS: std::ops::Range<u16> = 20_000..32_000;

/// A loopback port that nothing listens on.
///
/// # Errors
/// No port could be bound.
pub fn free_port() -> Result<u16, RigError> {
    let mut last = None;
    for _ in 0..100 {
        let random = RandomState::new().build_hasher().finish();
        let offset = random % u64::from(PORTS.end - PORTS.start);
        let port = PORTS.start + u16::try_from(offset).unwrap_or_default();
        match TcpListener::bind(("127.0.0.1", port)) {
            Ok(_) => return Ok(port),
            Err(error) => last = Some(error),
        }
    }
    Err(RigError::File {
        path: "127.0.0.1".into(),
        source: last.unwrap_or_else(|| std::io::ErrorKind::AddrInUse.into()),
    })
}
