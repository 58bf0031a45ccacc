use chrono::{DateTime, Utc};
use redb::TableDefinition;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use uuid::Uuid;

use crate::store::{Record, Table};

/// A work pool.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct WorkPool {
    pub(crate) id: Uuid,
    pub(crate) created: DateTime<Utc>,
    pub(crate) updated: DateTime<Utc>,
    pub(crate) name: String,
    pub(crate) description: Option<String>,
    #[serde(rename = "type")]
    pub(crate) kind: String,
    pub(crate) base_job_template: Map<String, Value>,
    pub(crate) is_paused: bool,
    pub(crate) concurrency_limit: Option<u32>,
    pub(crate) default_queue_id: Uuid,
}

impl Record for WorkPool {
    const TABLE: Table = TableDefinition::new("work_pools");

    fn id(&self) -> Uuid {
        self.id
    }
}

/// A queue of a work pool.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct WorkQueue {
    pub(crate) id: Uuid,
    pub(crate) created: DateTime<Utc>,
    pub(crate) updated: DateTime<Utc>,
    pub(crate) name: String,
    pub(crate) description: Option<String>,
    pub(crate) is_paused: bool,
    pub(crate) concurrency_limit: Option<u32>,
    pub(crate) priority: u32,
    pub(crate) work_pool_id: Uuid,
}

impl Record for WorkQueue {
    const TABLE: Table = TableDefinition::new("work_queues");

    fn id(&self) -> Uuid {
        self.id
    }
}

impl WorkPool {
    /// The JSON of 3.8.8's `WorkPoolResponse`.
    pub(crate) fn shown(&self) -> Value {
        json!({
            "id": self.id,
            "created": self.created,
            "updated": self.updated,
            "name": self.name,
            "description": self.description,
            "type": self.kind,
            "base_job_template": self.base_job_template,
            "is_paused": self.is_paused,
            "concurrency_limit": self.concurrency_limit,
            "status": if self.is_paused { "PAUSED" } else { "NOT_READY" },
            "default_queue_id": self.default_queue_id,
        })
    }
}

impl WorkQueue {
    /// The JSON of 3.8.8's `WorkQueueResponse`.
    pub(crate) fn shown(&self, work_pool_name: &str) -> Value {
        json!({
            "id": self.id,
            "created": self.created,
            "updated": self.updated,
            "name": self.name,
            "description": self.description,
            "is_paused": self.is_paused,
            "concurrency_limit": self.concurrency_limit,
            "priority": self.priority,
            "work_pool_id": self.work_pool_id,
            "filter": null,
            "last_polled": null,
            "work_pool_name": work_pool_name,
            "status": if self.is_paused { "PAUSED" } else { "NOT_READY" },
        })
    }
}
