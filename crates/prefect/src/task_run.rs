//! Task runs: through the routes of their own that 2.x needs, and as the server has stored them.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use uuid::Uuid;

use crate::read::null_as_default;
use crate::request::Request;
use crate::{Client, Error, SetStateAnswer, State, storable};

/// A task run as the server has stored it.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct TaskRun {
    /// Its identity.
    pub id: Uuid,
    /// Its name.
    pub name: String,
    /// The flow run that it is part of.
    #[serde(default)]
    pub flow_run_id: Option<Uuid>,
    /// The task, the same for all of its runs.
    pub task_key: String,
    /// Which of the task's runs within the flow run.
    pub dynamic_key: String,
    /// Its state, if it has one.
    #[serde(default)]
    pub state: Option<State>,
    /// How often it went into Running.
    #[serde(default, deserialize_with = "null_as_default")]
    pub run_count: u32,
    /// Which attempt of the flow run it is part of.
    #[serde(default, deserialize_with = "null_as_default")]
    pub flow_run_run_count: u32,
    /// When it first ran.
    #[serde(default)]
    pub start_time: Option<DateTime<Utc>>,
    /// When it ended.
    #[serde(default)]
    pub end_time: Option<DateTime<Utc>>,
    /// Its tags.
    #[serde(default, deserialize_with = "null_as_default")]
    pub tags: Vec<String>,
    /// What it depends on, by argument; entries with an `id` are edges of the run's graph.
    #[serde(default, deserialize_with = "null_as_default")]
    pub task_inputs: Map<String, Value>,
}

/// A task run as an engine makes it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct TaskRunWrite {
    /// Its identity, which the engine chooses.
    pub id: Uuid,
    /// The flow run that it is part of.
    pub flow_run_id: Uuid,
    /// The task, the same for all of its runs.
    pub task_key: String,
    /// Which of the task's runs within the flow run; both keys together name one task run.
    pub dynamic_key: String,
    /// Its name; it is cut to [`LONGEST_NAME`](crate::LONGEST_NAME) when it is sent.
    #[serde(serialize_with = "storable::name")]
    pub name: String,
    /// What it depends on.
    pub task_inputs: Map<String, Value>,
    /// Its tags.
    pub tags: Vec<String>,
}

impl TaskRunWrite {
    /// The inputs of a task run that comes after others, once each.
    pub fn inputs_after(others: &[Uuid]) -> Map<String, Value> {
        let mut edges: Vec<Value> = Vec::new();
        for other in others {
            let edge = json!({ "input_type": "task_run", "id": other });
            if !edges.contains(&edge) {
                edges.push(edge);
            }
        }
        if edges.is_empty() {
            return Map::new();
        }
        Map::from_iter([("wait_for".to_owned(), Value::Array(edges))])
    }
}

impl Client {
    /// Makes a task run in a state, or returns the one that has its keys (`POST /task_runs/`).
    ///
    /// # Errors
    /// The server cannot be reached or refuses: no such flow run (409).
    pub async fn create_task_run(
        &self,
        run: &TaskRunWrite,
        state: &State,
    ) -> Result<TaskRun, Error> {
        let mut body = crate::request::json_of(run);
        body["state"] = json!(state);
        let request = Request::post(&["task_runs", ""], format!("make task run `{}`", run.name));
        self.fetch(request.json(&body)).await
    }

    /// Proposes a state for a task run (`POST /task_runs/{id}/set_state`); the state carries its transition's id.
    ///
    /// # Errors
    /// The server cannot be reached or refuses, or there is no such run. A rejected proposal is not an error.
    pub async fn set_task_run_state(
        &self,
        id: Uuid,
        state: &State,
    ) -> Result<SetStateAnswer, Error> {
        let attempted = format!("set the state of task run {id} to {:?}", state.kind);
        let request = Request::post(&["task_runs", &id.to_string(), "set_state"], attempted);
        self.fetch(request.json(&json!({ "state": state, "force": false })))
            .await
    }

    /// The task runs of a flow run, by name (`POST /task_runs/filter`).
    ///
    /// # Errors
    /// The server cannot be reached or refuses.
    pub async fn task_runs(&self, flow_run: Uuid) -> Result<Vec<TaskRun>, Error> {
        let filter = json!({ "flow_runs": { "id": { "any_": [flow_run] } }, "sort": "NAME_ASC" });
        self.pages(
            &["task_runs", "filter"],
            &format!("read the task runs of flow run {flow_run}"),
            &filter,
        )
        .await
    }
}
