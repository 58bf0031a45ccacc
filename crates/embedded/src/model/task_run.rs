use chrono::{DateTime, Utc};
use redb::TableDefinition;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::{RunState, StateType};
use crate::store::{Record, Table};

/// A task run.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct TaskRun {
    pub(crate) id: Uuid,
    pub(crate) created: DateTime<Utc>,
    pub(crate) updated: DateTime<Utc>,
    pub(crate) flow_run_id: Uuid,
    pub(crate) state: RunState,
    #[serde(flatten)]
    pub(crate) told: ToldTaskRun,
}

/// What an engine tells of a task run; the server applies no rules to it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct ToldTaskRun {
    pub(crate) task_key: String,
    pub(crate) dynamic_key: String,
    #[serde(default)]
    pub(crate) name: String,
    #[serde(default)]
    pub(crate) task_inputs: Map<String, Value>,
    #[serde(default)]
    pub(crate) tags: Vec<String>,
    #[serde(default)]
    pub(crate) empirical_policy: Map<String, Value>,
    #[serde(default)]
    pub(crate) run_count: u32,
    #[serde(default)]
    pub(crate) flow_run_run_count: u32,
    #[serde(default)]
    pub(crate) expected_start_time: Option<DateTime<Utc>>,
    #[serde(default)]
    pub(crate) start_time: Option<DateTime<Utc>>,
    #[serde(default)]
    pub(crate) end_time: Option<DateTime<Utc>>,
    #[serde(default)]
    pub(crate) total_run_time: f64,
}

impl Record for TaskRun {
    const TABLE: Table = TableDefinition::new("task_runs");

    fn id(&self) -> Uuid {
        self.id
    }
}

impl TaskRun {
    /// Puts it into a state, with the times and counts that follow from it.
    pub(crate) fn enter(&mut self, state: RunState) {
        let at = state.timestamp;
        let told = &mut self.told;
        if state.kind == StateType::Running {
            told.start_time = told.start_time.or(Some(at));
            told.run_count += 1;
        }
        told.end_time = state.kind.is_terminal().then_some(at);
        self.updated = at;
        self.state = state;
    }

    /// The JSON of 3.8.8's `TaskRun`, as far as an engine fills it.
    pub(crate) fn shown(&self) -> Value {
        let mut shown = serde_json::to_value(self).unwrap_or_default();
        shown["state_id"] = json!(self.state.id);
        shown["state_type"] = json!(self.state.kind);
        shown["state_name"] = json!(self.state.name);
        shown
    }
}
