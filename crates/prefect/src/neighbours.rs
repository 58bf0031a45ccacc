//! The next and the last run of many deployments, in a few calls.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};
use uuid::Uuid;

use crate::page::PAGE;
use crate::{Client, Error, FlowRun};

/// States of runs that wait for their time or a worker.
const WAITING: [&str; 1] = ["SCHEDULED"];

/// All other states.
const BEGUN: [&str; 8] = [
    "PENDING",
    "RUNNING",
    "COMPLETED",
    "FAILED",
    "CANCELLED",
    "CRASHED",
    "PAUSED",
    "CANCELLING",
];

impl Client {
    /// The earliest run that waits for its time or a worker, by deployment (`POST /flow_runs/filter`).
    ///
    /// # Errors
    /// The server cannot be reached or refuses.
    pub async fn next_runs(&self, deployments: &[Uuid]) -> Result<BTreeMap<Uuid, FlowRun>, Error> {
        let filter = json!({ "type": { "any_": WAITING } });
        self.first_of_each(deployments, &filter, "EXPECTED_START_TIME_ASC")
            .await
    }

    /// The latest run that has begun, by deployment (`POST /flow_runs/filter`).
    ///
    /// # Errors
    /// The server cannot be reached or refuses.
    pub async fn last_runs(&self, deployments: &[Uuid]) -> Result<BTreeMap<Uuid, FlowRun>, Error> {
        let filter = json!({ "type": { "any_": BEGUN } });
        self.first_of_each(deployments, &filter, "START_TIME_DESC")
            .await
    }

    /// The first run of each deployment. No filter gives one per deployment, so each page is asked for those alone of
    /// which no run was seen yet; the first page of runs in order of time has most of them.
    async fn first_of_each(
        &self,
        deployments: &[Uuid],
        state: &Value,
        sort: &str,
    ) -> Result<BTreeMap<Uuid, FlowRun>, Error> {
        let mut found = BTreeMap::new();
        for chunk in deployments.chunks(PAGE) {
            let mut missing: BTreeSet<Uuid> = chunk.iter().copied().collect();
            while !missing.is_empty() {
                let body = json!({
                    "flow_runs": { "deployment_id": { "any_": missing }, "state": state },
                    "sort": sort,
                });
                let path = ["flow_runs", "filter"];
                let page = self.page(&path, "read flow runs", &body, 0, PAGE).await?;
                let is_last = page.is_last;
                for run in page.entries {
                    let run: FlowRun = run;
                    let Some(id) = run.deployment_id else {
                        continue;
                    };
                    if missing.remove(&id) {
                        found.insert(id, run);
                    }
                }
                if is_last {
                    break;
                }
            }
        }
        Ok(found)
    }
}
