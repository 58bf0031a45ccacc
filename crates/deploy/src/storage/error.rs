//! What keeps artifacts from being stored, found before anything is written.

use longshore_spec::Explain;
use longshore_storage::{AccessError, StoreError};

use crate::desired::DeploymentKey;
use crate::plan::error::joined;

/// Artifacts cannot be stored as it was asked.
#[derive(Debug, thiserror::Error)]
pub(crate) enum StorageError {
    #[error("cannot use the artifact store `{storage}`")]
    Open {
        storage: String,
        source: Box<StoreError>,
    },
    #[error("cannot look into the artifact store `{storage}`")]
    Read {
        storage: String,
        source: Box<StoreError>,
    },
    #[error("cannot write to the artifact store `{storage}`")]
    Write {
        storage: String,
        source: Box<StoreError>,
    },
    #[error(
        "the artifacts would lie in a folder of this machine, which the workers of {target} do not see; deployments: {}",
        joined(deployments)
    )]
    LocalStore {
        deployments: Vec<DeploymentKey>,
        target: String,
    },
    #[error("the profile `{profile}` is for trying things out, and {target} is another machine")]
    DevelopmentProfile { profile: String, target: String },
    #[error(
        "the program of `{package}` was built for trying things out (with debug assertions), and {target} is another machine"
    )]
    DevelopmentProgram { package: String, target: String },
}

impl Explain for StorageError {
    fn help(&self) -> Option<String> {
        match self {
            Self::Open { source, .. } | Self::Read { source, .. } | Self::Write { source, .. } => {
                remedy(source)
            }
            Self::LocalStore { .. } => Some(
                "name a container, as in `--storage az://flows` or `storage = \"az://flows\"` in [defaults] of \
                 longshore.toml; if the workers do see the folder, give `--allow-local-store`"
                    .to_owned(),
            ),
            Self::DevelopmentProfile { .. } => Some(
                "leave `--profile` out, which means `release`, or name one of your own that inherits it"
                    .to_owned(),
            ),
            Self::DevelopmentProgram { package, .. } => {
                Some(format!("build it with `cargo build --release -p {package}`"))
            }
        }
    }
}

/// The remedy of a store, in the words of this program.
pub(crate) fn remedy(error: &StoreError) -> Option<String> {
    match error {
        StoreError::Access(AccessError::NoAccount) => Some(
            "set `AZURE_STORAGE_ACCOUNT` or `AZURE_STORAGE_CONNECTION_STRING`, or write `account` in [azure] of \
             longshore.toml"
                .to_owned(),
        ),
        StoreError::Azure(_) if error.is_no_container() => {
            let help = error.help().unwrap_or_default();
            Some(format!("`--create-storage` makes it; or {help}"))
        }
        StoreError::CreateFolder { .. } | StoreError::Write { .. } => Some(
            "make room and the store's folder writable; nothing half-written is left there"
                .to_owned(),
        ),
        error => error.help(),
    }
}
