use chrono::{DateTime, Utc};
use redb::TableDefinition;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use uuid::Uuid;

use crate::store::{Record, Table};

/// A deployment with its schedules.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Deployment {
    pub(crate) id: Uuid,
    pub(crate) created: DateTime<Utc>,
    pub(crate) updated: DateTime<Utc>,
    pub(crate) name: String,
    pub(crate) flow_id: Uuid,
    pub(crate) paused: bool,
    pub(crate) schedules: Vec<Schedule>,
    pub(crate) parameters: Map<String, Value>,
    pub(crate) parameter_openapi_schema: Option<Value>,
    pub(crate) enforce_parameter_schema: bool,
    pub(crate) tags: Vec<String>,
    pub(crate) labels: Map<String, Value>,
    pub(crate) description: Option<String>,
    pub(crate) version: Option<String>,
    pub(crate) path: Option<String>,
    pub(crate) entrypoint: Option<String>,
    pub(crate) pull_steps: Option<Vec<Map<String, Value>>>,
    pub(crate) work_queue_id: Option<Uuid>,
    pub(crate) work_queue_name: Option<String>,
    pub(crate) job_variables: Map<String, Value>,
    pub(crate) concurrency_limit: Option<ConcurrencyLimit>,
    pub(crate) concurrency_options: Option<ConcurrencyOptions>,
    /// When its pause was last ended.
    #[serde(default)]
    pub(crate) resumed: Option<DateTime<Utc>>,
}

impl Record for Deployment {
    const TABLE: Table = TableDefinition::new("deployments");

    fn id(&self) -> Uuid {
        self.id
    }
}

/// A schedule; only `schedule` itself differs in shape.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Schedule {
    pub(crate) id: Uuid,
    pub(crate) created: DateTime<Utc>,
    pub(crate) updated: DateTime<Utc>,
    pub(crate) deployment_id: Uuid,
    pub(crate) schedule: Value,
    pub(crate) active: bool,
    pub(crate) max_scheduled_runs: Option<u32>,
    pub(crate) parameters: Map<String, Value>,
    pub(crate) slug: Option<String>,
}

/// The number of runs at once, which Prefect keeps as a limit of its own.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct ConcurrencyLimit {
    pub(crate) id: Uuid,
    pub(crate) created: DateTime<Utc>,
    pub(crate) updated: DateTime<Utc>,
    pub(crate) limit: u32,
}

/// What happens to a run that finds no slot.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ConcurrencyOptions {
    pub(crate) collision_strategy: CollisionStrategy,
    #[serde(default)]
    pub(crate) grace_period_seconds: Option<u32>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub(crate) enum CollisionStrategy {
    Enqueue,
    CancelNew,
}

impl Deployment {
    /// Pauses or resumes it.
    pub(crate) fn set_paused(&mut self, paused: bool, now: DateTime<Utc>) {
        if self.paused && !paused {
            self.resumed = Some(now);
        }
        self.paused = paused;
    }

    /// Takes the number of runs at once from a request; the limit keeps its id while there is one.
    pub(crate) fn set_concurrency_limit(&mut self, limit: Option<u32>, now: DateTime<Utc>) {
        self.concurrency_limit = limit.map(|limit| match self.concurrency_limit.take() {
            Some(stored) if stored.limit == limit => stored,
            Some(stored) => ConcurrencyLimit {
                limit,
                updated: now,
                ..stored
            },
            None => ConcurrencyLimit {
                id: Uuid::new_v4(),
                created: now,
                updated: now,
                limit,
            },
        });
    }

    /// The JSON of 3.8.8's `DeploymentResponse`; schedules come newest first.
    pub(crate) fn shown(&self, work_pool_name: Option<&str>) -> Value {
        json!({
            "id": self.id,
            "created": self.created,
            "updated": self.updated,
            "name": self.name,
            "version": self.version,
            "description": self.description,
            "flow_id": self.flow_id,
            "paused": self.paused,
            "schedules": self.shown_schedules(),
            "concurrency_limit": null,
            "global_concurrency_limit": self.concurrency_limit.as_ref().map(|limit| self.shown_limit(limit)),
            "concurrency_options": self.concurrency_options,
            "job_variables": self.job_variables,
            "parameters": self.parameters,
            "tags": self.tags,
            "labels": self.labels,
            "work_queue_name": self.work_queue_name,
            "work_queue_id": self.work_queue_id,
            "last_polled": null,
            "parameter_openapi_schema": self.parameter_openapi_schema,
            "path": self.path,
            "pull_steps": self.pull_steps,
            "entrypoint": self.entrypoint,
            "storage_document_id": null,
            "infrastructure_document_id": null,
            "created_by": null,
            "updated_by": null,
            "work_pool_name": work_pool_name,
            "status": "NOT_READY",
            "enforce_parameter_schema": self.enforce_parameter_schema,
        })
    }

    pub(crate) fn shown_schedules(&self) -> Vec<&Schedule> {
        let mut schedules: Vec<&Schedule> = self.schedules.iter().rev().collect();
        schedules.sort_by_key(|schedule| std::cmp::Reverse(schedule.updated));
        schedules
    }

    fn shown_limit(&self, limit: &ConcurrencyLimit) -> Value {
        json!({
            "id": limit.id,
            "created": limit.created,
            "updated": limit.updated,
            "active": true,
            "name": format!("deployment:{}", self.id),
            "limit": limit.limit,
            "active_slots": 0,
            "slot_decay_per_second": 0.0,
        })
    }
}
