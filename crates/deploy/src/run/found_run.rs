//! Which run a word of the command line means.

use longshore_prefect::{Client, FlowRun, FlowRunFilter, FlowRunOrder};
use longshore_spec::{Explain, suggest};
use uuid::Uuid;

use crate::config::Config;
use crate::error::{Failure, ReadServerError};

/// Runs among which the beginning of an id, or a similar name, is looked for; a server has no filter for that.
const SEARCHED: usize = 1000;

/// Letters of an id below which it would be guessed.
const SHORTEST: usize = 4;

/// No single run is meant.
#[derive(Debug, thiserror::Error)]
pub(super) enum FindRunError {
    #[error("the server has no flow run {id}")]
    NoId { id: Uuid },
    #[error("this workspace and environment have no run `{text}`")]
    Unknown {
        text: String,
        /// A name that it may have been meant for.
        nearest: Option<String>,
    },
    #[error("`{text}` may be any of {} runs", candidates.len())]
    Ambiguous {
        text: String,
        /// Ids and names, the latest first.
        candidates: Vec<(Uuid, String)>,
    },
}

impl Explain for FindRunError {
    fn help(&self) -> Option<String> {
        Some(match self {
            Self::NoId { .. } | Self::Unknown { nearest: None, .. } => {
                "`deploy runs` lists the latest ones".to_owned()
            }
            Self::Unknown {
                nearest: Some(nearest),
                ..
            } => format!("write `{nearest}`"),
            Self::Ambiguous { candidates, .. } => {
                let shown = candidates.iter().take(5);
                let shown: Vec<String> =
                    shown.map(|(id, name)| format!("{id} (`{name}`)")).collect();
                let rest = if candidates.len() > shown.len() {
                    ", ..."
                } else {
                    ""
                };
                format!("give one of the ids: {}{rest}", shown.join(", "))
            }
        })
    }
}

/// The run with this id on the server, else the one of this name, or whose id begins so, in the workspace and its
/// environment.
///
/// # Errors
/// There is none or more than one, or the server cannot be reached.
pub(super) async fn find(client: &Client, config: &Config, text: &str) -> Result<FlowRun, Failure> {
    if let Ok(id) = text.parse::<Uuid>() {
        let run = client.flow_run(id).await.map_err(ReadServerError::from)?;
        return Ok(run.ok_or(FindRunError::NoId { id })?);
    }
    let ours = FlowRunFilter {
        tags_all: vec![config.owner_tag()],
        ..FlowRunFilter::default()
    };
    let of_name = FlowRunFilter {
        name: Some(text.to_owned()),
        ..ours.clone()
    };
    let latest_first = FlowRunOrder::LatestFirst;
    let found = client.flow_runs(&of_name, latest_first, SEARCHED).await;
    let found = found.map_err(ReadServerError::from)?;
    if !found.is_empty() {
        return Ok(only(text, found)?);
    }
    let all = client.flow_runs(&ours, latest_first, SEARCHED).await;
    let all = all.map_err(ReadServerError::from)?;
    let nearest = suggest::nearest(text, all.iter().map(|run| run.name.as_str()));
    let nearest = nearest.map(str::to_owned);
    let found: Vec<FlowRun> = all
        .into_iter()
        .filter(|run| begins_with(run.id, text))
        .collect();
    if found.is_empty() {
        return Err(FindRunError::Unknown {
            text: text.to_owned(),
            nearest,
        }
        .into());
    }
    Ok(only(text, found)?)
}

fn begins_with(id: Uuid, text: &str) -> bool {
    text.len() >= SHORTEST && id.to_string().starts_with(&text.to_ascii_lowercase())
}

fn only(text: &str, mut found: Vec<FlowRun>) -> Result<FlowRun, FindRunError> {
    match (found.len(), found.pop()) {
        (1, Some(run)) => Ok(run),
        (_, last) => Err(FindRunError::Ambiguous {
            text: text.to_owned(),
            candidates: found
                .into_iter()
                .chain(last)
                .map(|run| (run.id, run.name))
                .collect(),
        }),
    }
}
