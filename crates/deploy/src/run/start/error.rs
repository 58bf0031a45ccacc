//! Why a run was not started, or is no longer watched.

use chrono::{DateTime, Utc};
use longshore_spec::{Explain, suggest};

use crate::desired::DeploymentKey;

/// No run was started, or it can no longer be watched.
#[derive(Debug, thiserror::Error)]
pub(super) enum RunError {
    #[error("the workspace declares no deployment `{name}`")]
    NotDeclared { name: String, known: Vec<String> },
    #[error("deployment `{deployment}` is not on the server")]
    NotDeployed {
        deployment: DeploymentKey,
        environment: Option<String>,
    },
    #[error("deployment `{deployment}` on the server has not the tag `{tag}`")]
    NotOurs {
        deployment: DeploymentKey,
        tag: String,
    },
    #[error("the parameter `{name}` is given twice")]
    Twice { name: String },
    #[error("the parameter `{name}` has no value, neither here nor in the deployment")]
    Missing { name: &'static str },
    #[error("`{at}` is past")]
    Past { at: DateTime<Utc> },
    #[error("nothing runs on the embedded server now, so there would be nothing to watch")]
    NothingToWatch,
    #[error("the run could not be created")]
    Create(#[source] longshore_prefect::Error),
    #[error("the run `{run}` cannot be watched any more; it goes on")]
    Watch {
        run: String,
        source: longshore_prefect::Error,
    },
    #[error("the run `{run}` was deleted while it was watched")]
    Deleted { run: String },
}

impl Explain for RunError {
    fn help(&self) -> Option<String> {
        Some(match self {
            Self::NotDeclared { name, known } => {
                match suggest::nearest(name, known.iter().map(String::as_str)) {
                    Some(nearest) => format!("write `{nearest}`"),
                    None => format!("it has `{}`", known.join("`, `")),
                }
            }
            Self::NotDeployed { environment, .. } => match environment {
                Some(environment) => format!("run `deploy --env {environment}` first"),
                None => {
                    "run `deploy` first; for a deployment of an environment give `--env`".to_owned()
                }
            },
            Self::NotOurs { .. } => {
                "it belongs to somebody else; start it by Prefect's own command or in its UI"
                    .to_owned()
            }
            Self::Twice { .. } => "leave one of them out".to_owned(),
            Self::Missing { name } => format!("give `--param {name}=...`"),
            Self::Past { .. } => "leave `--at` out to start it now".to_owned(),
            Self::NothingToWatch => {
                "start `deploy serve` in another terminal, or name a Prefect server that a worker serves".to_owned()
            }
            Self::Create(source) | Self::Watch { source, .. } => return source.help(),
            Self::Deleted { .. } => return None,
        })
    }
}
