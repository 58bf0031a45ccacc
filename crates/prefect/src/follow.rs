//! What a run has logged, read while it goes on.

use serde::Deserialize;
use serde_json::json;
use uuid::Uuid;

use crate::page::PAGE;
use crate::request::Request;
use crate::{Client, Error, Log};

/// A log record as the server has stored it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct StoredLog {
    /// Its identity, which tells records of one text apart.
    pub id: Uuid,
    /// The record.
    #[serde(flatten)]
    pub log: Log,
}

impl Client {
    /// The log records of a flow run but for the `skipped` oldest ones, oldest first (`POST /logs/filter`).
    ///
    /// # Errors
    /// The server cannot be reached or refuses.
    pub async fn logs_after(
        &self,
        flow_run: Uuid,
        skipped: usize,
    ) -> Result<Vec<StoredLog>, Error> {
        let attempted = format!("read the logs of flow run {flow_run}");
        let mut all: Vec<StoredLog> = Vec::new();
        loop {
            let body = json!({
                "logs": { "flow_run_id": { "any_": [flow_run] } },
                "sort": "TIMESTAMP_ASC",
                "limit": PAGE,
                "offset": skipped + all.len(),
            });
            let request = Request::filter(&["logs", "filter"], attempted.clone());
            let page: Vec<StoredLog> = self.fetch(request.json(&body)).await?;
            let last = page.len() < PAGE;
            all.extend(page);
            if last {
                return Ok(all);
            }
        }
    }
}
