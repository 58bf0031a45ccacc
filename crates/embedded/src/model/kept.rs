//! What runs show and read: artifacts, variables and secret blocks.

use chrono::{DateTime, Utc};
use redb::TableDefinition;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use uuid::Uuid;

use crate::store::{Record, Table};

/// An artifact.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Artifact {
    pub(crate) id: Uuid,
    pub(crate) created: DateTime<Utc>,
    pub(crate) updated: DateTime<Utc>,
    pub(crate) key: Option<String>,
    #[serde(rename = "type")]
    pub(crate) kind: Option<String>,
    pub(crate) description: Option<String>,
    pub(crate) data: Value,
    pub(crate) metadata_: Option<Map<String, Value>>,
    pub(crate) flow_run_id: Option<Uuid>,
    pub(crate) task_run_id: Option<Uuid>,
}

impl Record for Artifact {
    const TABLE: Table = TableDefinition::new("artifacts");

    fn id(&self) -> Uuid {
        self.id
    }
}

/// A variable.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Variable {
    pub(crate) id: Uuid,
    pub(crate) created: DateTime<Utc>,
    pub(crate) updated: DateTime<Utc>,
    pub(crate) name: String,
    pub(crate) value: Value,
    pub(crate) tags: Vec<String>,
}

impl Record for Variable {
    const TABLE: Table = TableDefinition::new("variables");

    fn id(&self) -> Uuid {
        self.id
    }
}

/// A secret block, in plain text: whoever can read the file can read the sources too.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct BlockDocument {
    pub(crate) id: Uuid,
    pub(crate) created: DateTime<Utc>,
    pub(crate) updated: DateTime<Utc>,
    pub(crate) name: String,
    pub(crate) data: Map<String, Value>,
    pub(crate) block_type_id: Uuid,
    pub(crate) block_schema_id: Uuid,
}

impl Record for BlockDocument {
    const TABLE: Table = TableDefinition::new("block_documents");

    fn id(&self) -> Uuid {
        self.id
    }
}
