use chrono::{DateTime, Utc};
use redb::TableDefinition;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use uuid::Uuid;

use crate::store::{Record, Table};

/// A flow run.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct FlowRun {
    pub(crate) id: Uuid,
    pub(crate) created: DateTime<Utc>,
    pub(crate) updated: DateTime<Utc>,
    pub(crate) name: String,
    pub(crate) flow_id: Uuid,
    pub(crate) deployment_id: Option<Uuid>,
    /// For a flow that was called from a flow the task run that stands for it.
    #[serde(default)]
    pub(crate) parent_task_run_id: Option<Uuid>,
    pub(crate) deployment_version: Option<String>,
    pub(crate) work_queue_id: Option<Uuid>,
    pub(crate) work_queue_name: Option<String>,
    pub(crate) flow_version: Option<String>,
    pub(crate) parameters: Map<String, Value>,
    pub(crate) idempotency_key: Option<String>,
    pub(crate) context: Map<String, Value>,
    /// `retries`, `retry_delay` and what Prefect's engine keeps beside them.
    pub(crate) empirical_policy: Map<String, Value>,
    pub(crate) tags: Vec<String>,
    pub(crate) labels: Map<String, Value>,
    pub(crate) run_count: u32,
    pub(crate) expected_start_time: Option<DateTime<Utc>>,
    pub(crate) next_scheduled_start_time: Option<DateTime<Utc>>,
    pub(crate) start_time: Option<DateTime<Utc>>,
    pub(crate) end_time: Option<DateTime<Utc>>,
    pub(crate) auto_scheduled: bool,
    pub(crate) infrastructure_pid: Option<String>,
    pub(crate) job_variables: Map<String, Value>,
    pub(crate) state: RunState,
}

impl Record for FlowRun {
    const TABLE: Table = TableDefinition::new("flow_runs");

    fn id(&self) -> Uuid {
        self.id
    }
}

/// A state of a run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct RunState {
    pub(crate) id: Uuid,
    #[serde(rename = "type")]
    pub(crate) kind: StateType,
    pub(crate) name: String,
    pub(crate) timestamp: DateTime<Utc>,
    pub(crate) message: Option<String>,
    pub(crate) data: Option<Value>,
    /// As sent: unknown keys are kept, as Prefect's clients put some of their own there.
    pub(crate) state_details: Map<String, Value>,
}

impl RunState {
    /// A time in the details.
    pub(crate) fn time(&self, key: &str) -> Option<DateTime<Utc>> {
        DateTime::parse_from_rfc3339(self.state_details.get(key)?.as_str()?)
            .ok()
            .map(|time| time.to_utc())
    }

    /// Whether a value in the details is `true`.
    pub(crate) fn flag(&self, key: &str) -> bool {
        self.state_details.get(key) == Some(&Value::Bool(true))
    }

    pub(crate) fn set_time(&mut self, key: &str, time: DateTime<Utc>) {
        self.state_details.insert(key.to_owned(), json!(time));
    }
}

/// The type of a state.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub(crate) enum StateType {
    Scheduled,
    Pending,
    Running,
    Completed,
    Failed,
    Cancelled,
    Crashed,
    Paused,
    Cancelling,
}

impl StateType {
    pub(crate) fn is_terminal(self) -> bool {
        matches!(
            self,
            Self::Completed | Self::Failed | Self::Cancelled | Self::Crashed
        )
    }

    /// As in JSON.
    pub(crate) fn text(self) -> &'static str {
        match self {
            Self::Scheduled => "SCHEDULED",
            Self::Pending => "PENDING",
            Self::Running => "RUNNING",
            Self::Completed => "COMPLETED",
            Self::Failed => "FAILED",
            Self::Cancelled => "CANCELLED",
            Self::Crashed => "CRASHED",
            Self::Paused => "PAUSED",
            Self::Cancelling => "CANCELLING",
        }
    }

    /// The name of a state that was given none.
    pub(crate) fn default_name(self) -> &'static str {
        match self {
            Self::Scheduled => "Scheduled",
            Self::Pending => "Pending",
            Self::Running => "Running",
            Self::Completed => "Completed",
            Self::Failed => "Failed",
            Self::Cancelled => "Cancelled",
            Self::Crashed => "Crashed",
            Self::Paused => "Paused",
            Self::Cancelling => "Cancelling",
        }
    }
}

/// First byte of the keys of runs that wait for their time.
pub(crate) const WAITING: u8 = 0;

/// First byte of the keys of runs that wait for nothing.
pub(crate) const ACTIVE: u8 = 1;

impl FlowRun {
    /// The run's key among those that have not ended: [`WAITING`], the time at which it is due and its id, or [`ACTIVE`]
    /// and its id.
    pub(crate) fn unfinished_key(&self) -> Option<Vec<u8>> {
        let kind = self.state.kind;
        if kind.is_terminal() {
            return None;
        }
        let mut key = Vec::with_capacity(25);
        if kind == StateType::Scheduled {
            key.push(WAITING);
            let due = self.next_scheduled_start_time.unwrap_or_default();
            key.extend(due.timestamp_micros().to_be_bytes());
        } else {
            key.push(ACTIVE);
        }
        key.extend(self.id.as_bytes());
        Some(key)
    }

    /// The first key of the runs that wait, or of those that are due at this time or after.
    pub(crate) fn waiting_from(time: Option<DateTime<Utc>>) -> Vec<u8> {
        let mut key = vec![WAITING];
        key.extend(
            time.iter()
                .flat_map(|time| time.timestamp_micros().to_be_bytes()),
        );
        key
    }

    /// When a run is due, told from its key.
    pub(crate) fn due_of_key(key: &[u8]) -> Option<DateTime<Utc>> {
        let micros = key.get(1..9)?.try_into().ok()?;
        DateTime::from_timestamp_micros(i64::from_be_bytes(micros))
    }

    /// Whether it takes one of its deployment's slots: while it is active, and while its process waits for the next
    /// attempt.
    pub(crate) fn holds_slot(&self) -> bool {
        let waits_in_process =
            self.empirical_policy.get("retry_type") == Some(&json!("in_process"));
        match self.state.kind {
            StateType::Pending | StateType::Running | StateType::Cancelling => true,
            StateType::Scheduled => self.state.name == "AwaitingRetry" && waits_in_process,
            _ => false,
        }
    }

    /// The JSON of 3.8.8's `FlowRunResponse`.
    pub(crate) fn shown(&self, work_pool_name: Option<&str>) -> Value {
        let mut shown = serde_json::to_value(self).unwrap_or_default();
        shown["state_id"] = json!(self.state.id);
        shown["state_type"] = json!(self.state.kind);
        shown["state_name"] = json!(self.state.name);
        shown["total_run_time"] = json!(self.total_run_time());
        shown["created_by"] = Value::Null;
        shown["work_pool_name"] = json!(work_pool_name);
        shown
    }

    fn total_run_time(&self) -> f64 {
        match (self.start_time, self.end_time) {
            (Some(start), Some(end)) => {
                (end - start).num_microseconds().unwrap_or_default() as f64 / 1e6
            }
            _ => 0.0,
        }
    }
}
