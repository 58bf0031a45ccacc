//! Flow runs and their states.

mod calls;
mod child;
mod filter;
mod proposal;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use uuid::Uuid;

use crate::read::null_as_default;
use crate::storable;
pub use child::ChildRunWrite;

pub use filter::{FlowRunFilter, FlowRunOrder};

/// A flow run as the server has stored it.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct FlowRun {
    /// Its identity.
    pub id: Uuid,
    /// Its name, which the server invents if none is given.
    pub name: String,
    /// The flow it is a run of.
    pub flow_id: Uuid,
    /// The deployment it was made from.
    #[serde(default)]
    pub deployment_id: Option<Uuid>,
    /// For a flow that was called from a flow the task run of its caller that stands for it.
    #[serde(default)]
    pub parent_task_run_id: Option<Uuid>,
    /// Its state, if it has one.
    #[serde(default)]
    pub state: Option<State>,
    /// When it is, or was, due.
    #[serde(default)]
    pub expected_start_time: Option<DateTime<Utc>>,
    /// When it first ran.
    #[serde(default)]
    pub start_time: Option<DateTime<Utc>>,
    /// When it ended.
    #[serde(default)]
    pub end_time: Option<DateTime<Utc>>,
    /// The code that ran it.
    #[serde(default)]
    pub flow_version: Option<String>,
    /// `retries`, `retry_delay` in seconds, and what servers keep beside them; sent back whole when it is changed.
    #[serde(default, deserialize_with = "null_as_default")]
    pub empirical_policy: Map<String, Value>,
    /// How often it went into Running.
    #[serde(default, deserialize_with = "null_as_default")]
    pub run_count: u32,
    /// Whether the scheduler made it.
    #[serde(default, deserialize_with = "null_as_default")]
    pub auto_scheduled: bool,
    /// Values of the flow's parameters, those of the deployment merged in.
    #[serde(default, deserialize_with = "null_as_default")]
    pub parameters: Map<String, Value>,
    /// Its tags, those of the deployment among them.
    #[serde(default, deserialize_with = "null_as_default")]
    pub tags: Vec<String>,
    /// What runs it, as whoever started it has said: for a process its id.
    #[serde(default)]
    pub infrastructure_pid: Option<String>,
    /// The work pool whose workers take it.
    #[serde(default)]
    pub work_pool_name: Option<String>,
    /// The queue in that pool.
    #[serde(default)]
    pub work_queue_name: Option<String>,
    /// Values for the pool's job template that override the deployment's.
    #[serde(
        default,
        alias = "infra_overrides",
        deserialize_with = "null_as_default"
    )]
    pub job_variables: Map<String, Value>,
}

/// A state of a flow run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct State {
    /// What rules apply to it.
    #[serde(rename = "type")]
    pub kind: StateType,
    /// A free name; the server takes the type's for `None`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// A text for people; it is cut to [`LONGEST_MESSAGE`](crate::LONGEST_MESSAGE) when it is sent.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        serialize_with = "storable::message"
    )]
    pub message: Option<String>,
    /// Details; [`StateDetails::transition_id`] is set by the call that proposes the state.
    #[serde(default, deserialize_with = "null_as_default")]
    pub state_details: StateDetails,
    /// When it was entered; only ever read.
    #[serde(default, skip_serializing)]
    pub timestamp: Option<DateTime<Utc>>,
}

impl State {
    /// A state of this type under the type's own name.
    pub fn new(kind: StateType) -> Self {
        Self {
            kind,
            name: None,
            message: None,
            state_details: StateDetails::default(),
            timestamp: None,
        }
    }

    /// Scheduled, and due at this time.
    pub fn scheduled(due: DateTime<Utc>) -> Self {
        Self {
            state_details: StateDetails {
                scheduled_time: Some(due),
                ..StateDetails::default()
            },
            ..Self::new(StateType::Scheduled)
        }
    }
}

/// The details of a state that Longshore reads or sends.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct StateDetails {
    /// When a scheduled run is due.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scheduled_time: Option<DateTime<Utc>>,
    /// One id per logical attempt, by which a server recognises a repeated proposal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub transition_id: Option<Uuid>,
    /// Until when a paused run can be resumed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pause_timeout: Option<DateTime<Utc>>,
    /// Which of the run's pauses it is; each has its effect once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pause_key: Option<String>,
}

/// The type of a state.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum StateType {
    /// It waits for its time or a worker.
    Scheduled,
    /// A worker has claimed it.
    Pending,
    /// It runs.
    Running,
    /// It ended well.
    Completed,
    /// It ended in an error of its own.
    Failed,
    /// It was stopped by a person.
    Cancelled,
    /// What ran it broke.
    Crashed,
    /// It waits for a person.
    Paused,
    /// It is being stopped.
    Cancelling,
}

impl StateType {
    /// Whether a run in such a state has ended.
    pub fn is_terminal(self) -> bool {
        matches!(
            self,
            Self::Completed | Self::Failed | Self::Cancelled | Self::Crashed
        )
    }
}

/// A run to be made from a deployment.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct FlowRunWrite {
    /// A second call with this key makes no second run and returns the first.
    pub idempotency_key: String,
    /// Its name; the server invents one for `None`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Values that override those of the deployment.
    pub parameters: Map<String, Value>,
    /// Tags beside those of the deployment.
    pub tags: Vec<String>,
    /// Its first state; due now for `None`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub state: Option<State>,
    /// Values for the pool's job template that override the deployment's.
    pub job_variables: Map<String, Value>,
}

impl FlowRunWrite {
    /// A run that is due now, as its deployment says.
    pub fn new(idempotency_key: impl Into<String>) -> Self {
        Self {
            idempotency_key: idempotency_key.into(),
            name: None,
            parameters: Map::new(),
            tags: Vec::new(),
            state: None,
            job_variables: Map::new(),
        }
    }
}

/// What an engine changes of a flow run beside its state; `None` leaves a field alone.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct FlowRunUpdate {
    /// Its name; it is cut to [`LONGEST_NAME`](crate::LONGEST_NAME) when it is sent.
    #[serde(
        skip_serializing_if = "Option::is_none",
        serialize_with = "storable::optional_name"
    )]
    pub name: Option<String>,
    /// The code that runs it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub flow_version: Option<String>,
    /// The whole policy: a server drops what is left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub empirical_policy: Option<Map<String, Value>>,
    /// What runs it: for a process its id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub infrastructure_pid: Option<String>,
}

/// The answer to a proposed state: read [`SetStateAnswer::status`], not the code of the response.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct SetStateAnswer {
    /// The state that the run has now.
    #[serde(default)]
    pub state: Option<State>,
    /// What became of the proposal.
    pub status: SetStateStatus,
    /// Why, and for how long to wait.
    #[serde(default, deserialize_with = "null_as_default")]
    pub details: SetStateDetails,
}

impl SetStateAnswer {
    /// Whether a server rejected the proposal only because an earlier try of it, whose answer was lost, has acted.
    pub fn is_repetition(&self, transition_id: Uuid) -> bool {
        let current = self
            .state
            .as_ref()
            .and_then(|state| state.state_details.transition_id);
        self.status == SetStateStatus::Reject && current == Some(transition_id)
    }
}

/// What became of a proposed state.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum SetStateStatus {
    /// The run is in the proposed state.
    Accept,
    /// The run is in another state, which the proposer must adopt.
    Reject,
    /// Nothing changed; propose again after [`SetStateDetails::delay_seconds`].
    Wait,
    /// Nothing changed; do not run.
    Abort,
}

/// Why a proposed state was not taken.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
pub struct SetStateDetails {
    /// A sentence of the server.
    #[serde(default)]
    pub reason: Option<String>,
    /// How long to wait before the next proposal.
    #[serde(default)]
    pub delay_seconds: Option<f64>,
}
