//! Runs of flows that are called from flows.

use serde::Serialize;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::{FlowRun, State};
use crate::request::Request;
use crate::{Client, Error, storable};

/// A run without a deployment, whose parent is a task run of another run.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ChildRunWrite {
    /// The flow it is a run of.
    pub flow_id: Uuid,
    /// The task run that stands for it; a server gives it the states of this run.
    pub parent_task_run_id: Uuid,
    /// A second call with this key makes no second run and returns the first.
    pub idempotency_key: String,
    /// Its name; the server invents one for `None`.
    #[serde(
        skip_serializing_if = "Option::is_none",
        serialize_with = "storable::optional_name"
    )]
    pub name: Option<String>,
    /// The code that runs it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub flow_version: Option<String>,
    /// `retries`, and `retry_delay` in seconds.
    pub empirical_policy: Map<String, Value>,
    /// Values of the flow's parameters.
    pub parameters: Map<String, Value>,
    /// Its first state.
    pub state: State,
}

impl Client {
    /// Makes a run of a flow that is called from a flow (`POST /flow_runs/`).
    ///
    /// # Errors
    /// The server cannot be reached or refuses: no such flow or task run (409), parameters of more than half a megabyte.
    pub async fn create_child_run(&self, run: &ChildRunWrite) -> Result<FlowRun, Error> {
        let attempted = format!("make a run of flow {}", run.flow_id);
        self.fetch(Request::post(&["flow_runs", ""], attempted).json(run))
            .await
    }

    /// The runs of flows that a run has called, by name (`POST /flow_runs/filter`).
    ///
    /// # Errors
    /// The server cannot be reached or refuses.
    pub async fn child_runs(&self, parent: Uuid) -> Result<Vec<FlowRun>, Error> {
        let filter = json!({
            "flow_runs": { "parent_flow_run_id": { "any_": [parent] } },
            "sort": "NAME_ASC",
        });
        let attempted = format!("read the subflows of flow run {parent}");
        self.pages(&["flow_runs", "filter"], &attempted, &filter)
            .await
    }
}
