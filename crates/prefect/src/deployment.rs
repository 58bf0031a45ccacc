//! Deployments: a flow with a schedule, parameters and a place to run.

mod calls;
mod update;
mod write;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use uuid::Uuid;

use crate::read::null_as_default;
use crate::schedule::Schedule;

pub use calls::{DeploymentFilter, Written};
pub use update::DeploymentUpdate;
pub use write::DeploymentWrite;

/// A deployment as the server has stored it.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct Deployment {
    /// Its identity, kept by every later write of the same flow and name.
    pub id: Uuid,
    /// Its name, unique in the flow.
    pub name: String,
    /// The flow it belongs to; names are read with [`Client::flow`](crate::Client::flow).
    pub flow_id: Uuid,
    /// Whether the scheduler makes no runs for it.
    #[serde(default, deserialize_with = "null_as_default")]
    pub paused: bool,
    /// Its schedules.
    #[serde(default, deserialize_with = "null_as_default")]
    pub schedules: Vec<Schedule>,
    /// Values of the flow's parameters.
    #[serde(default, deserialize_with = "null_as_default")]
    pub parameters: Map<String, Value>,
    /// JSON schema of the parameters.
    #[serde(default)]
    pub parameter_openapi_schema: Option<Value>,
    /// Whether the server checks parameters against the schema.
    #[serde(default, deserialize_with = "null_as_default")]
    pub enforce_parameter_schema: bool,
    /// Its tags.
    #[serde(default, deserialize_with = "null_as_default")]
    pub tags: Vec<String>,
    /// A text for people.
    #[serde(default)]
    pub description: Option<String>,
    /// Stored as sent; Longshore puts the short digest of the artifact there.
    #[serde(default)]
    pub version: Option<String>,
    /// Stored as sent.
    #[serde(default)]
    pub path: Option<String>,
    /// Stored as sent.
    #[serde(default)]
    pub entrypoint: Option<String>,
    /// Stored as sent.
    #[serde(default)]
    pub pull_steps: Option<Value>,
    /// The work pool whose workers take its runs.
    #[serde(default)]
    pub work_pool_name: Option<String>,
    /// The queue in that pool.
    #[serde(default)]
    pub work_queue_name: Option<String>,
    /// Values for the pool's job template; `infra_overrides` on 2.x.
    #[serde(
        default,
        alias = "infra_overrides",
        deserialize_with = "null_as_default"
    )]
    pub job_variables: Map<String, Value>,
    /// Holds the number of runs at once; always `None` on 2.x.
    #[serde(default)]
    pub global_concurrency_limit: Option<GlobalConcurrencyLimit>,
    /// What happens to a run that finds no slot; always `None` on 2.x.
    #[serde(default)]
    pub concurrency_options: Option<ConcurrencyOptions>,
    /// Labels, those of the server among them; always empty on 2.x.
    #[serde(default, deserialize_with = "null_as_default")]
    pub labels: Map<String, Value>,
    /// `READY` once a worker has asked for its runs, else `NOT_READY`.
    #[serde(default)]
    pub status: Option<String>,
    /// When it was first written.
    #[serde(default)]
    pub created: Option<DateTime<Utc>>,
    /// When it was last written.
    #[serde(default)]
    pub updated: Option<DateTime<Utc>>,
}

impl Deployment {
    /// How many of its runs may be active at once.
    pub fn concurrency_limit(&self) -> Option<u32> {
        self.global_concurrency_limit
            .as_ref()
            .map(|limit| limit.limit)
    }
}

/// The part of Prefect's global limit that holds a deployment's number.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct GlobalConcurrencyLimit {
    /// Runs at once.
    pub limit: u32,
}

/// What happens to a run that finds no slot.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConcurrencyOptions {
    /// What to do with the run.
    pub collision_strategy: CollisionStrategy,
    /// Seconds for which a slot is held for a run that is starting: 60 to 86400.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub grace_period_seconds: Option<u32>,
}

/// What to do with a run that finds no slot.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum CollisionStrategy {
    /// It waits for one.
    #[serde(rename = "ENQUEUE")]
    Enqueue,
    /// It is cancelled.
    #[serde(rename = "CANCEL_NEW")]
    CancelNew,
    /// One that this version does not know.
    #[serde(untagged)]
    Other(String),
}

#[cfg(test)]
mod tests;
