//! Everything that can go wrong before the program starts.

use std::error::Error;
use std::io;
use std::path::PathBuf;

use longshore_prefect::{SetupError, TargetError};
use longshore_spec::{Explain as _, TimeLimitError};
use longshore_storage::{AllowedStoresError, ChoiceError, StoreError, VerificationError};
use uuid::Uuid;

/// Why the program of a run could not be started.
#[derive(Debug, thiserror::Error)]
pub(crate) enum RunError {
    #[error("`PREFECT__FLOW_RUN_ID` is not set")]
    NoRun,
    #[error("`PREFECT__FLOW_RUN_ID` is not the id of a flow run")]
    RunId(#[source] uuid::Error),
    #[error("it is not clear which Prefect server is meant")]
    Target(#[source] TargetError),
    #[error("no Prefect server is named")]
    NoTarget,
    #[error("cannot talk to Prefect")]
    Client(#[source] SetupError),
    #[error("cannot determine the outage limit")]
    Limit(#[source] TimeLimitError),
    #[error("cannot find out what flow run {id} is to run")]
    Read {
        id: Uuid,
        source: longshore_prefect::Error,
    },
    #[error("there is no flow run {0} on this server")]
    NoSuchRun(Uuid),
    #[error("flow run {0} belongs to no deployment, or to one that was deleted")]
    NoDeployment(Uuid),
    #[error("the flow run names a `command` of its own, which only its deployment may")]
    CommandOfRun,
    #[error(
        "the flow run sets {names} in its own `env`, which decides what is executed or where credentials go"
    )]
    EnvironmentOfRun { names: String },
    #[error(
        "the deployment sets {names} in `env`, which decides what is executed or which server is meant"
    )]
    EnvironmentOfDeployment { names: String },
    #[error(transparent)]
    Choice(#[from] ChoiceError),
    #[error("the list of allowed stores cannot be used")]
    Stores(#[from] AllowedStoresError),
    #[error("there is no folder for a cache: neither `LONGSHORE_CACHE` nor `HOME` is set")]
    NoCache,
    #[error("`LONGSHORE_CACHE_MEGABYTES` is `{0}`, which is not a number")]
    CacheLimit(String),
    #[error("cannot use the cache at `{}`", path.display())]
    Cache { path: PathBuf, source: io::Error },
    #[error("another process has held `{}` for {minutes} minutes", path.display())]
    Lock { path: PathBuf, minutes: u64 },
    #[error("the init container could not provide the program: {0}")]
    NotHandedOver(String),
    #[error("the program is not executed")]
    Verification(#[from] VerificationError),
    #[error("cannot make the folder `{}`", path.display())]
    Folder { path: PathBuf, source: io::Error },
    #[error("the artifact cannot be fetched")]
    Fetch(#[from] StoreError),
    #[error("the artifact is for {found}, and this machine is {wanted}")]
    Architecture { found: String, wanted: &'static str },
    #[error("the artifact needs `{interpreter}`, which this image does not have")]
    Interpreter { interpreter: String },
    #[error("cannot start `{}`", path.display())]
    Start { path: PathBuf, source: io::Error },
    #[error("the failure could not be reported to Prefect")]
    Report(#[source] longshore_prefect::Error),
}

impl RunError {
    fn help(&self) -> Option<String> {
        Some(match self {
            Self::NoRun => "a Prefect worker sets it; `longshore-run` is the command of a deployment, see docs/azure.md".to_owned(),
            Self::NoTarget => "set `PREFECT_API_URL`".to_owned(),
            Self::Client(SetupError::BuildHttpClient(_)) => {
                "install the package `ca-certificates` in the image, or set `SSL_CERT_FILE`".to_owned()
            }
            Self::Read { source, .. } | Self::Report(source) => return source.help(),
            Self::Limit(error) => return error.help(),
            Self::NoDeployment(_) => "start runs from a deployment that `deploy` has made".to_owned(),
            Self::NoCache => "set `LONGSHORE_CACHE` to a folder that can be written".to_owned(),
            Self::CacheLimit(_) => "set it to a size in megabytes, such as `4096`".to_owned(),
            Self::CommandOfRun => "start the run without `command`; a program is chosen by its deployment".to_owned(),
            Self::EnvironmentOfRun { .. } => "start the run without them; `env(...)` of the deployment, or the worker's own environment, sets variables".to_owned(),
            Self::EnvironmentOfDeployment { .. } => "take them out of `env` and deploy again; the worker's own environment sets them".to_owned(),
            Self::Stores(error) => return error.help(),
            Self::Choice(error) => return error.help(),
            Self::Verification(VerificationError::NotPrivate { path, .. }) => format!("others could exchange it: set `LONGSHORE_CACHE` to a folder of the worker's own user with mode 0700, which is created if it does not exist, such as `{}/longshore`", path.display()),
            Self::Lock { path, .. } => format!("end that process, such as one that hangs in a download (`fuser {}` shows it), or set `LONGSHORE_CACHE` to another folder", path.display()),
            Self::Cache { .. } | Self::Folder { .. } => return self.help_with_folder(),
            Self::Fetch(error @ StoreError::Land { .. }) => {
                return error.help().or_else(|| self.help_with_folder());
            }
            Self::Fetch(StoreError::TooLarge { .. }) => "raise `LONGSHORE_CACHE_MEGABYTES` of the worker if the artifact is right".to_owned(),
            Self::Fetch(error) => return error.help(),
            Self::Architecture { .. } => "set `target` in `[build]` of longshore.toml to what the pool's machines are and deploy again, or use a pool of such machines".to_owned(),
            Self::Interpreter { .. } => "use an image with glibc, such as `debian:stable-slim`, or set `static = true` in `[build]` of longshore.toml and deploy again".to_owned(),
            Self::Start { source, .. } if source.kind() == io::ErrorKind::PermissionDenied => {
                "the file system may be mounted `noexec`; set `LONGSHORE_CACHE` to a folder on another one".to_owned()
            }
            _ => return None,
        })
    }

    fn help_with_folder(&self) -> Option<String> {
        let hint = "it must be a folder that can be written, with room for the artifact; `LONGSHORE_CACHE` names another one, on Kubernetes best an `emptyDir`";
        Some(hint.to_owned())
    }

    /// The error, its causes and what to do, in one text.
    pub(crate) fn in_full(&self) -> String {
        let mut text = self.to_string();
        let mut cause = self.source();
        while let Some(error) = cause {
            text.push_str(&format!(": {error}"));
            cause = error.source();
        }
        if let Some(help) = self.help() {
            text.push_str(&format!("\nhelp: {help}"));
        }
        text
    }
}
