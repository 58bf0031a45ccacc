//! Artifacts: what a run shows beside its log.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::request::Request;
use crate::{Client, Error};

/// An artifact to be made.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ArtifactWrite {
    /// What it is known by, `[a-z0-9-]`; a further one with this key is a version of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// `markdown`, `table` or `progress`.
    #[serde(rename = "type")]
    pub kind: String,
    /// A text, the JSON text of a list of objects, or a number from 0 to 100.
    pub data: Value,
    /// A text for people, in Markdown.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// The flow run that it belongs to.
    pub flow_run_id: Option<Uuid>,
    /// The task run that it belongs to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub task_run_id: Option<Uuid>,
}

/// An artifact as the server has stored it.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct Artifact {
    /// Its identity.
    pub id: Uuid,
    /// What it is known by.
    #[serde(default)]
    pub key: Option<String>,
    /// `markdown`, `table` or `progress`.
    #[serde(default, rename = "type")]
    pub kind: Option<String>,
    /// What it shows.
    #[serde(default)]
    pub data: Value,
    /// A text for people.
    #[serde(default)]
    pub description: Option<String>,
    /// The task run that it belongs to.
    #[serde(default)]
    pub task_run_id: Option<Uuid>,
}

impl Client {
    /// Makes an artifact (`POST /artifacts/`); a repeated call makes a further version of one with a key.
    ///
    /// # Errors
    /// The server cannot be reached or refuses the key.
    pub async fn create_artifact(&self, artifact: &ArtifactWrite) -> Result<Artifact, Error> {
        let request = Request::post(&["artifacts", ""], "make an artifact");
        self.fetch(request.json(artifact)).await
    }

    /// Changes what an artifact shows (`PATCH /artifacts/{id}`).
    ///
    /// # Errors
    /// The server cannot be reached or refuses, or there is no such artifact.
    pub async fn update_artifact(&self, id: Uuid, data: &Value) -> Result<(), Error> {
        let attempted = format!("change artifact {id}");
        let request = Request::patch(&["artifacts", &id.to_string()], attempted);
        self.act(request.json(&json!({ "data": data }))).await
    }

    /// The artifacts of a flow run and its task runs, by key (`POST /artifacts/filter`).
    ///
    /// # Errors
    /// The server cannot be reached or refuses.
    pub async fn artifacts(&self, flow_run: Uuid) -> Result<Vec<Artifact>, Error> {
        let filter = json!({
            "artifacts": { "flow_run_id": { "any_": [flow_run] } },
            "sort": "KEY_ASC",
        });
        let attempted = format!("read the artifacts of flow run {flow_run}");
        self.pages(&["artifacts", "filter"], &attempted, &filter)
            .await
    }
}
