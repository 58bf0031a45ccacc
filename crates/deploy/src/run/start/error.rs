//! Why a run was not started, or is no longer watched.

use chrono::{DateTime, Utc};
use longshore_spec::Explain;

/// No run was started, or it can no longer be watched.
#[derive(Debug, thiserror::Error)]
pub(super) enum RunError {
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
