//! Which server a command talks to.

use std::env;
use std::fmt;
use std::path::{Path, PathBuf};

use longshore_embedded::{Embedded, OpenError, ServeError, Server};
use longshore_prefect::{
    Authentication, Capabilities, Client, ClientOptions, Origin, Secret, SetupError, TargetError,
};
use longshore_spec::Explain;
use uuid::Uuid;

use crate::error::{Failure, ReadServerError};
use crate::lock::STATE_FOLDER;
use crate::report::tell;
use crate::served::{self, PublicationError};

/// Variable that chooses one of Prefect's profiles.
const PROFILE_VARIABLE: &str = "PREFECT_PROFILE";

/// Beginning of the variables that name a server and how to prove who one is there.
const API_VARIABLES: &str = "PREFECT_API_";

/// A server, before anything was asked of it.
#[derive(Debug)]
pub(crate) enum Target {
    /// A Prefect server that the environment or a profile names.
    Prefect(longshore_prefect::Target),
    /// The embedded server on the state folder of the workspace.
    Embedded { folder: PathBuf },
}

/// A server that answers.
pub(crate) struct Connection {
    pub(crate) client: Client,
    /// Whether somebody starts the runs of this server, as far as that can be known.
    pub(crate) starts_runs: bool,
    /// Serves as long as this value lives.
    server: Option<Server>,
}

/// No server can be talked to.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ConnectError {
    #[error("cannot tell which Prefect server is meant")]
    Find(#[source] TargetError),
    #[error("the Prefect profile `{profile}` of the environment names no server")]
    NoUrl { profile: String },
    #[error("cannot open the embedded server's database")]
    Open(#[source] OpenError),
    #[error("cannot start the embedded server")]
    Serve(#[source] ServeError),
    #[error("cannot tell whether `deploy serve` is running")]
    Served(#[source] PublicationError),
    #[error("cannot set up the connection to {target}")]
    SetUp { target: String, source: SetupError },
}

impl Explain for ConnectError {
    fn help(&self) -> Option<String> {
        match self {
            Self::Find(error) => Some(error.help()),
            Self::NoUrl { profile } => Some(format!(
                "run `prefect --profile {profile} config set PREFECT_API_URL=...`, or take `profile` out of the environment"
            )),
            Self::Open(error) => Some(error.help()),
            Self::Serve(_) => None,
            Self::Served(error) => error.help(),
            Self::SetUp { source, .. } => Some(source.help()),
        }
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Prefect(target) => write!(f, "{target}"),
            Self::Embedded { .. } => write!(
                f,
                "the embedded server in {STATE_FOLDER}/ (PREFECT_API_URL is not set)"
            ),
        }
    }
}

impl Target {
    /// The server that the process's variables name, else the profile (the environment's, else the active one), else
    /// the embedded one of the workspace at `root`.
    ///
    /// # Errors
    /// Prefect's profiles cannot be read, or the environment's profile names no server.
    pub(crate) fn find(root: &Path, profile: Option<&str>) -> Result<Self, ConnectError> {
        let variable = |name: &str| {
            let set = env::var(name).ok().filter(|value| !value.trim().is_empty());
            let of_environment = profile.filter(|_| name == PROFILE_VARIABLE);
            set.or_else(|| of_environment.map(str::to_owned))
        };
        let found =
            longshore_prefect::Target::from_environment(&variable, env::home_dir().as_deref());
        match (found.map_err(ConnectError::Find)?, profile) {
            (Some(target), _) => Ok(Self::Prefect(target)),
            (None, Some(profile)) => Err(ConnectError::NoUrl {
                profile: profile.to_owned(),
            }),
            (None, None) => Ok(Self::Embedded {
                folder: root.join(STATE_FOLDER),
            }),
        }
    }

    /// The server that a profile names, whatever server the process's variables name.
    ///
    /// # Errors
    /// Prefect's profiles cannot be read, or the profile names no server.
    pub(crate) fn of_profile(profile: &str) -> Result<Self, ConnectError> {
        let variable = |name: &str| match name {
            PROFILE_VARIABLE => Some(profile.to_owned()),
            name if name.starts_with(API_VARIABLES) => None,
            name => env::var(name).ok(),
        };
        let found =
            longshore_prefect::Target::from_environment(&variable, env::home_dir().as_deref());
        let found = found.map_err(ConnectError::Find)?;
        found.map(Self::Prefect).ok_or_else(|| ConnectError::NoUrl {
            profile: profile.to_owned(),
        })
    }

    /// The embedded server, if it was ever used in the workspace at `root`.
    pub(crate) fn used_embedded(root: &Path) -> Option<Self> {
        let folder = root.join(STATE_FOLDER);
        Embedded::is_in(&folder).then_some(Self::Embedded { folder })
    }

    /// Whether both have the same address.
    pub(crate) fn is_same_server(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Prefect(one), Self::Prefect(other)) => one.api_url == other.api_url,
            (Self::Embedded { .. }, Self::Embedded { .. }) => true,
            _ => false,
        }
    }

    /// The profile that names it, if one does.
    pub(crate) fn profile(&self) -> Option<&str> {
        match self {
            Self::Prefect(longshore_prefect::Target {
                origin: Origin::Profile { name, .. },
                ..
            }) => Some(name),
            _ => None,
        }
    }

    /// The page of a run in the server's UI, as far as its address follows from that of the API.
    pub(crate) fn ui_url(&self, run: Uuid, capabilities: &Capabilities) -> Option<String> {
        let Self::Prefect(target) = self else {
            return None;
        };
        let api = target.api_url.trim_end_matches('/');
        // A password in the address is not for people.
        if api.contains('@') {
            return None;
        }
        let runs = if capabilities.is_2() {
            "flow-runs"
        } else {
            "runs"
        };
        if let Some(place) = api.strip_prefix("https://api.prefect.cloud/api/accounts/") {
            let (account, workspace) = place.split_once("/workspaces/")?;
            let cloud = "https://app.prefect.cloud/account";
            return Some(format!(
                "{cloud}/{account}/workspace/{workspace}/{runs}/flow-run/{run}"
            ));
        }
        let server = api.strip_suffix("/api")?;
        Some(format!("{server}/{runs}/flow-run/{run}"))
    }

    /// Whether it is the embedded server, and no `deploy serve` holds its database open.
    ///
    /// # Errors
    /// The state folder cannot be read.
    pub(crate) async fn is_closed(&self) -> Result<bool, ConnectError> {
        match self {
            Self::Prefect(_) => Ok(false),
            Self::Embedded { folder } => {
                let address = served::find(folder).await.map_err(ConnectError::Served)?;
                Ok(address.is_none())
            }
        }
    }

    /// Whether it is the embedded server.
    pub(crate) fn is_embedded(&self) -> bool {
        matches!(self, Self::Embedded { .. })
    }

    /// Whether it is on this machine, as far as its address tells.
    pub(crate) fn is_loopback(&self) -> bool {
        match self {
            Self::Prefect(target) => target.is_loopback(),
            Self::Embedded { .. } => true,
        }
    }

    /// Connects and asks for the version; the embedded server is started for that.
    ///
    /// # Errors
    /// The server cannot be started or reached, or is too old.
    pub(crate) async fn connect(&self) -> Result<Connection, Failure> {
        let (options, server) = match self {
            Self::Prefect(target) => (target.client_options(), None),
            Self::Embedded { folder } => {
                match served::find(folder).await.map_err(ConnectError::Served)? {
                    Some(address) => (address.client_options(), None),
                    None => {
                        let embedded = Embedded::open(folder).map_err(ConnectError::Open)?;
                        let server = embedded.serve().await.map_err(ConnectError::Serve)?;
                        (embedded_options(&server), Some(server))
                    }
                }
            }
        };
        let options = ClientOptions {
            notice: |message| tell(&format!("warning: {message}")),
            ..options
        };
        let client = Client::new(options).map_err(|source| ConnectError::SetUp {
            target: self.to_string(),
            source,
        })?;
        if let Self::Prefect(target) = self {
            for notice in target.notices() {
                tell(&format!("warning: {notice}"));
            }
        }
        let capabilities = client.capabilities().await;
        let capabilities = capabilities.map_err(ReadServerError::from)?;
        if capabilities.is_newer_than_known() {
            tell(&format!("note: {}", newer(capabilities)));
        }
        Ok(Connection {
            client,
            starts_runs: server.is_none(),
            server,
        })
    }
}

fn newer(capabilities: &Capabilities) -> String {
    format!(
        "{capabilities} is newer than what this version of Longshore was tested with; it is used as Prefect {}",
        Capabilities::default().version()
    )
}

/// How a client reaches an embedded server.
pub(crate) fn embedded_options(server: &Server) -> ClientOptions {
    ClientOptions {
        authentication: Authentication::AuthString(Secret::new(server.auth_string().to_owned())),
        ..ClientOptions::new(server.api_url())
    }
}

impl Connection {
    /// Ends the embedded server in order, if there is one.
    pub(crate) async fn close(self) {
        if let Some(server) = self.server {
            server.shutdown().await;
        }
    }
}
