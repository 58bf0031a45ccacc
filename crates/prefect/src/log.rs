//! Log records of flow runs.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::json;
use uuid::Uuid;

use crate::request::Request;
use crate::{Client, Error};

/// One log record; these fields and no others are what both generations of servers take.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Log {
    /// The logger: `prefect.flow_runs`, `prefect.task_runs` or `prefect.flow_runs.worker`.
    pub name: String,
    /// 10 debug, 20 info, 30 warning, 40 error, 50 critical.
    pub level: i32,
    /// The text.
    pub message: String,
    /// When it was written.
    pub timestamp: DateTime<Utc>,
    /// The run it belongs to.
    pub flow_run_id: Option<Uuid>,
    /// The task run it belongs to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub task_run_id: Option<Uuid>,
}

impl Client {
    /// Stores log records (`POST /logs/`); a repeated call stores them twice, so a lost answer is not repeated.
    ///
    /// # Errors
    /// The server cannot be reached or refuses.
    pub async fn add_logs(&self, logs: &[Log]) -> Result<(), Error> {
        let attempted = format!("send {} log records", logs.len());
        self.act(
            Request::post(&["logs", ""], attempted)
                .json(&logs)
                .not_repeatable(),
        )
        .await
    }

    /// Whether the flow run has a log record of exactly this time (`POST /logs/filter`): who gives every record a time
    /// of its own finds out in this way whether a batch arrived whose answer was lost.
    ///
    /// # Errors
    /// The server cannot be reached or refuses.
    pub async fn has_log_of(
        &self,
        flow_run: Uuid,
        timestamp: DateTime<Utc>,
    ) -> Result<bool, Error> {
        let filter = json!({
            "logs": {
                "flow_run_id": { "any_": [flow_run] },
                "timestamp": { "after_": timestamp, "before_": timestamp },
            },
            "limit": 1,
        });
        let request = Request::filter(
            &["logs", "filter"],
            format!("look for a log record of flow run {flow_run}"),
        );
        let found: Vec<Log> = self.fetch(request.json(&filter)).await?;
        Ok(!found.is_empty())
    }
}
