//! The rows, and how they are shown.

mod deployment;
mod flow_run;
mod kept;
mod task_run;
mod work_pool;

use chrono::{DateTime, Utc};
use redb::TableDefinition;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use uuid::Uuid;

use crate::store::{Index, Record, Table};

pub(crate) use deployment::{CollisionStrategy, ConcurrencyOptions, Deployment, Schedule};
pub(crate) use flow_run::{ACTIVE, FlowRun, RunState, StateType, WAITING};
pub(crate) use kept::{Artifact, BlockDocument, Variable};
pub(crate) use task_run::{TaskRun, ToldTaskRun};
pub(crate) use work_pool::{WorkPool, WorkQueue};

/// The present, to the microsecond, as Prefect stores it.
pub(crate) fn now() -> DateTime<Utc> {
    let now = Utc::now();
    DateTime::from_timestamp_micros(now.timestamp_micros()).unwrap_or(now)
}

/// From a flow's name to its id.
pub(crate) const FLOW_NAMES: Index = Index(TableDefinition::new("flow_names"));
/// From a flow's id and a name to a deployment's id.
pub(crate) const DEPLOYMENT_NAMES: Index = Index(TableDefinition::new("deployment_names"));
/// From a pool's name to its id.
pub(crate) const POOL_NAMES: Index = Index(TableDefinition::new("work_pool_names"));
/// From a pool's id and a name to a queue's id.
pub(crate) const QUEUE_NAMES: Index = Index(TableDefinition::new("work_queue_names"));
/// From a deployment's id and a run's id to the run's id.
pub(crate) const DEPLOYMENT_RUNS: Index = Index(TableDefinition::new("deployment_runs"));
/// From a flow's id and an idempotency key to a run's id.
pub(crate) const RUN_KEYS: Index = Index(TableDefinition::new("flow_run_keys"));
/// From what a run that has not ended waits for, and its id, to its id; see [`FlowRun::unfinished_key`].
pub(crate) const UNFINISHED_RUNS: Table = TableDefinition::new("unfinished_flow_runs");
/// From a flow run's id, a task's key and a dynamic key to a task run's id.
pub(crate) const TASK_RUN_KEYS: Index = Index(TableDefinition::new("task_run_keys"));
/// From a variable's name to its id.
pub(crate) const VARIABLE_NAMES: Index = Index(TableDefinition::new("variable_names"));
/// From a block document's name to its id.
pub(crate) const BLOCK_NAMES: Index = Index(TableDefinition::new("block_document_names"));
/// From a run's id and the ordinal of a state to that state.
pub(crate) const FLOW_RUN_STATES: Table = TableDefinition::new("flow_run_states");
/// From a run's id, a time and a record's id to a log record.
pub(crate) const LOGS: Table = TableDefinition::new("logs");

/// A flow.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Flow {
    pub(crate) id: Uuid,
    pub(crate) created: DateTime<Utc>,
    pub(crate) updated: DateTime<Utc>,
    pub(crate) name: String,
    pub(crate) tags: Vec<String>,
    pub(crate) labels: Map<String, Value>,
}

impl Record for Flow {
    const TABLE: Table = TableDefinition::new("flows");

    fn id(&self) -> Uuid {
        self.id
    }
}

/// A log record.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Log {
    pub(crate) id: Uuid,
    pub(crate) created: DateTime<Utc>,
    pub(crate) updated: DateTime<Utc>,
    pub(crate) name: String,
    pub(crate) level: i64,
    pub(crate) message: String,
    pub(crate) timestamp: DateTime<Utc>,
    pub(crate) flow_run_id: Option<Uuid>,
    pub(crate) task_run_id: Option<Uuid>,
}
