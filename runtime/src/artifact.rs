//! Artifacts: what a run shows on its page beside its log.
//!
//! ```no_run
//! # async fn flow() -> Result<(), longshore::artifact::ArtifactError> {
//! use longshore::artifact;
//!
//! artifact::markdown("# Sales\nUp by 3 %.").key("sales").create().await?;
//! artifact::link("https://example.com/sales", "Dashboard").create().await?;
//!
//! let bar = artifact::progress(0.0).description("pages").create().await?;
//! for page in 0..10 {
//!     bar.update(artifact::progress(f64::from(page) * 10.0)).await?;
//! }
//! # Ok(())
//! # }
//! ```

use longshore_prefect::ArtifactWrite;
use serde::Serialize;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::context;
use crate::mask::{masked, masked_value};
use crate::run::{self, Server};
use crate::server_call::ServerCall;

/// Why an artifact is not shown.
#[derive(Debug, thiserror::Error)]
pub enum ArtifactError {
    /// A key with other characters than lower-case letters, digits and hyphens.
    #[error("`{key}` is no key of an artifact: write lower-case letters, digits and hyphens")]
    Key {
        /// The key as given.
        key: String,
    },
    /// A row that `serde` cannot write as JSON.
    #[error("the rows of a table cannot be written")]
    Rows(#[source] serde_json::Error),
    /// An update with an artifact of another kind.
    #[error("an artifact of kind `{was}` cannot become one of kind `{wanted}`")]
    Kind {
        /// What it is.
        was: &'static str,
        /// What it was to become.
        wanted: &'static str,
    },
    /// The server refuses, or has been away for too long.
    #[error("the server does not take the artifact")]
    Server(#[source] longshore_prefect::Error),
}

/// An artifact that is to be shown; nothing is sent before [`Artifact::create`].
#[derive(Debug)]
#[must_use = "`create()` sends it"]
pub struct Artifact {
    kind: &'static str,
    data: Result<Value, serde_json::Error>,
    key: Option<String>,
    description: Option<String>,
}

/// A text in Markdown.
pub fn markdown(text: impl Into<String>) -> Artifact {
    Artifact::new("markdown", Ok(Value::String(text.into())))
}

/// Rows with the fields of a struct, or the keys of a map, as columns.
pub fn table<T: Serialize>(rows: impl IntoIterator<Item = T>) -> Artifact {
    let rows: Vec<T> = rows.into_iter().collect();
    let rows = serde_json::to_value(rows).map(masked_value);
    Artifact::new("table", rows.map(|rows| Value::String(rows.to_string())))
}

/// A link with its text.
pub fn link(url: impl AsRef<str>, text: impl AsRef<str>) -> Artifact {
    let markdown = format!("[{}]({})", text.as_ref(), url.as_ref());
    Artifact::new("markdown", Ok(Value::String(markdown)))
}

/// A bar that is so full, from 0 to 100 per cent.
pub fn progress(percent: f64) -> Artifact {
    let percent = if percent.is_nan() { 0.0 } else { percent };
    Artifact::new("progress", Ok(json!(percent.clamp(0.0, 100.0))))
}

impl Artifact {
    fn new(kind: &'static str, data: Result<Value, serde_json::Error>) -> Self {
        Self {
            kind,
            data,
            key: None,
            description: None,
        }
    }

    /// Its key, lower-case letters, digits and hyphens: artifacts of one key are versions of one another, across runs.
    pub fn key(mut self, key: impl Into<String>) -> Self {
        self.key = Some(key.into());
        self
    }

    /// A text beside it, in Markdown.
    pub fn description(mut self, text: impl Into<String>) -> Self {
        self.description = Some(text.into());
        self
    }

    /// Shows it on the page of the run, or of the task run, that the caller is part of; outside of a run it goes to the
    /// log.
    ///
    /// The call fails if the key is none, a row cannot be written, or the server does not take it.
    pub fn create(self) -> ServerCall<Result<Created, ArtifactError>> {
        let attempt = run::current();
        let origin = context::origin();
        ServerCall::new(async move {
            if let Some(key) = self.key.as_ref().filter(|key| !is_key(key)) {
                return Err(ArtifactError::Key { key: key.clone() });
            }
            let data = masked_value(self.data.map_err(ArtifactError::Rows)?);
            let Some(attempt) = attempt else {
                tracing::info!("artifact ({}): {}", self.kind, plain(&data));
                return Ok(Created {
                    id: None,
                    kind: self.kind,
                });
            };
            let write = ArtifactWrite {
                key: self.key,
                kind: self.kind.to_owned(),
                data,
                description: self.description.map(|text| masked(&text).into_owned()),
                flow_run_id: Some(attempt.run().id()),
                task_run_id: origin.task_run,
            };
            let id = match attempt.server() {
                Server::Prefect(api) => {
                    let made = api.create_artifact(&write).await;
                    made.map_err(ArtifactError::Server)?.id
                }
                Server::Memory(memory) => memory.create_artifact(&write),
            };
            Ok(Created {
                id: Some(id),
                kind: self.kind,
            })
        })
    }
}

/// An artifact that is shown.
#[derive(Debug, Clone)]
pub struct Created {
    id: Option<Uuid>,
    kind: &'static str,
}

impl Created {
    /// Its identity on the server; `None` outside of a run.
    #[must_use]
    pub fn id(&self) -> Option<Uuid> {
        self.id
    }

    /// Shows the data of another artifact of its kind in its place, such as a fuller bar.
    ///
    /// The call fails if the kinds differ, a row cannot be written, or the server does not take it.
    pub fn update(&self, artifact: Artifact) -> ServerCall<Result<(), ArtifactError>> {
        let (attempt, id, was) = (run::current(), self.id, self.kind);
        ServerCall::new(async move {
            if artifact.kind != was {
                let wanted = artifact.kind;
                return Err(ArtifactError::Kind { was, wanted });
            }
            let data = masked_value(artifact.data.map_err(ArtifactError::Rows)?);
            let (Some(attempt), Some(id)) = (attempt, id) else {
                tracing::info!("artifact ({was}): {}", plain(&data));
                return Ok(());
            };
            match attempt.server() {
                Server::Prefect(api) => {
                    let updated = api.update_artifact(id, &data).await;
                    updated.map_err(ArtifactError::Server)
                }
                Server::Memory(memory) => {
                    memory.update_artifact(id, &data);
                    Ok(())
                }
            }
        })
    }
}

fn is_key(key: &str) -> bool {
    let is_plain = |byte: u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-');
    !key.is_empty() && key.bytes().all(is_plain)
}

fn plain(data: &Value) -> String {
    data.as_str()
        .map_or_else(|| data.to_string(), str::to_owned)
}
