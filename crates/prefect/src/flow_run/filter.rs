//! Flow runs by what they are runs of, their states and their names.

use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use uuid::Uuid;

use super::{FlowRun, StateType};
use crate::page::PAGE;
use crate::{Client, Error};

/// Which flow runs to read: those to which everything that is set applies.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FlowRunFilter {
    /// They have all of these tags, among which are those of their deployment; empty for any.
    pub tags_all: Vec<String>,
    /// They have this name; `None` for any.
    pub name: Option<String>,
    /// They are runs of this deployment; `None` for any.
    pub deployment: Option<Uuid>,
    /// They are in a state of one of these types; empty for any.
    pub states: Vec<StateType>,
    /// They are, or were, due at this time or before; `None` for any.
    pub due_until: Option<DateTime<Utc>>,
    /// They wait, and are to begin at this time or before; `None` for any.
    pub next_until: Option<DateTime<Utc>>,
    /// They wait, and are to begin at this time or after; `None` for any.
    pub next_from: Option<DateTime<Utc>>,
}

/// The order of flow runs by their times.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FlowRunOrder {
    /// The one that is, or was, due earliest first.
    EarliestFirst,
    /// The one that is, or was, due latest first.
    LatestFirst,
    /// Of those that wait the one that is to begin next first; that is not when a further attempt was due at first.
    NextFirst,
}

impl FlowRunFilter {
    /// The body of `POST /flow_runs/filter` without its page.
    fn body(&self, order: FlowRunOrder) -> Value {
        let mut runs = json!({});
        if !self.tags_all.is_empty() {
            runs["tags"] = json!({ "all_": self.tags_all });
        }
        if let Some(name) = &self.name {
            runs["name"] = json!({ "any_": [name] });
        }
        if let Some(deployment) = self.deployment {
            runs["deployment_id"] = json!({ "any_": [deployment] });
        }
        if !self.states.is_empty() {
            runs["state"] = json!({ "type": { "any_": self.states } });
        }
        if let Some(time) = self.due_until {
            runs["expected_start_time"] = json!({ "before_": time });
        }
        if let Some(time) = self.next_until {
            runs["next_scheduled_start_time"]["before_"] = json!(time);
        }
        if let Some(time) = self.next_from {
            runs["next_scheduled_start_time"]["after_"] = json!(time);
        }
        let sort = match order {
            FlowRunOrder::EarliestFirst => "EXPECTED_START_TIME_ASC",
            FlowRunOrder::LatestFirst => "EXPECTED_START_TIME_DESC",
            FlowRunOrder::NextFirst => "NEXT_SCHEDULED_START_TIME_ASC",
        };
        json!({ "flow_runs": runs, "sort": sort })
    }
}

impl Client {
    /// At most `limit` of the flow runs that the filter describes (`POST /flow_runs/filter`, page by page).
    ///
    /// # Errors
    /// The server cannot be reached or refuses.
    pub async fn flow_runs(
        &self,
        filter: &FlowRunFilter,
        order: FlowRunOrder,
        limit: usize,
    ) -> Result<Vec<FlowRun>, Error> {
        let body = filter.body(order);
        let mut all: Vec<FlowRun> = Vec::new();
        let mut offset = 0;
        while all.len() < limit {
            let size = PAGE.min(limit - all.len());
            let page = self
                .page::<FlowRun>(
                    &["flow_runs", "filter"],
                    "read flow runs",
                    &body,
                    offset,
                    size,
                )
                .await?;
            offset = page.end;
            // A run that was made meanwhile moves the others to the next page.
            for run in page.entries {
                if all.iter().all(|known| known.id != run.id) {
                    all.push(run);
                }
            }
            if page.is_last {
                break;
            }
        }
        Ok(all)
    }
}
