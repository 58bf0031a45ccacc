//! Events, by which an engine tells a 3.x server about its task runs.

use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::request::Request;
use crate::{Client, Error, LONGEST_MESSAGE, LONGEST_NAME, State, StateType, TaskRunWrite, cut};

/// Something that has happened.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Event {
    /// Its identity; a server stores an event once, however often it is sent.
    pub id: Uuid,
    /// When it happened.
    pub occurred: DateTime<Utc>,
    /// What happened, such as `prefect.task-run.Completed`.
    pub event: String,
    /// What it happened to.
    pub resource: Value,
    /// What that belongs to.
    pub related: Value,
    /// More about it.
    #[serde(skip_serializing_if = "Value::is_null")]
    pub payload: Value,
}

/// A state of a task run with what its engine knows of the run by then; a server applies no rules to it.
#[derive(Clone, Debug, PartialEq)]
pub struct TaskRunReport {
    /// The state; its name must be given.
    pub state: State,
    /// The state before, `None` for the first one.
    pub from: Option<StateType>,
    /// When the state was entered; a later time wins over an earlier one.
    pub at: DateTime<Utc>,
    /// How often the task run went into Running.
    pub run_count: u32,
    /// The attempt of the flow run.
    pub flow_run_run_count: u32,
    /// When it first ran.
    pub start_time: DateTime<Utc>,
    /// When it ended.
    pub end_time: Option<DateTime<Utc>>,
}

impl Event {
    /// The event by which a server of 3.x records a task run.
    pub fn of_task_run(run: &TaskRunWrite, report: &TaskRunReport) -> Self {
        let kind = json!(report.state.kind);
        let name = report.state.name.clone().unwrap_or_default();
        let message = report.state.message.clone().unwrap_or_default();
        let message = cut(message, LONGEST_MESSAGE);
        let run_time = report
            .end_time
            .and_then(|end| (end - report.start_time).to_std().ok())
            .map(|time| time.as_secs_f64());
        let mut task_run = crate::request::json_of(run);
        if let Value::Object(fields) = &mut task_run {
            // Both are told by the event's resources.
            fields.remove("id");
            fields.remove("flow_run_id");
        }
        task_run["empirical_policy"] = json!({});
        task_run["run_count"] = json!(report.run_count);
        task_run["flow_run_run_count"] = json!(report.flow_run_run_count);
        task_run["expected_start_time"] = json!(report.start_time);
        task_run["start_time"] = json!(report.start_time);
        task_run["end_time"] = json!(report.end_time);
        task_run["total_run_time"] = json!(run_time.unwrap_or_default());
        let initial = report
            .from
            .map(|from| json!({ "type": from, "message": "", "state_details": {} }));
        Self {
            id: Uuid::new_v4(),
            occurred: report.at,
            event: format!("prefect.task-run.{name}"),
            resource: json!({
                "prefect.resource.id": format!("prefect.task-run.{}", run.id),
                "prefect.resource.name": cut(run.name.clone(), LONGEST_NAME),
                "prefect.orchestration": "client",
                "prefect.run-count": report.run_count.to_string(),
                "prefect.state-type": kind,
                "prefect.state-name": name,
                "prefect.state-message": message,
                "prefect.state-timestamp": report.at,
            }),
            related: json!([{
                "prefect.resource.id": format!("prefect.flow-run.{}", run.flow_run_id),
                "prefect.resource.role": "flow-run",
            }]),
            payload: json!({
                "intended": { "from": report.from, "to": kind },
                "initial_state": initial,
                "validated_state": {
                    "type": kind,
                    "name": name,
                    "message": message,
                    "state_details": report.state.state_details,
                    "data": null,
                },
                "task_run": task_run,
            }),
        }
    }

    /// Its length in bytes of JSON.
    #[must_use]
    pub fn json_length(&self) -> usize {
        // An event is made of values that always become JSON.
        serde_json::to_vec(self).map_or(0, |json| json.len())
    }

    /// The sign of life of a flow run.
    pub fn heartbeat(flow_run: Uuid, name: &str) -> Self {
        Self {
            id: Uuid::new_v4(),
            occurred: Utc::now(),
            event: "prefect.flow-run.heartbeat".to_owned(),
            resource: json!({
                "prefect.resource.id": format!("prefect.flow-run.{flow_run}"),
                "prefect.resource.name": name,
            }),
            related: json!([]),
            payload: Value::Null,
        }
    }
}

impl Client {
    /// Sends events to a server of 3.x (`POST /events`); what becomes of them the answer does not say.
    ///
    /// # Errors
    /// The server cannot be reached or refuses; one of 2.x has no such route.
    pub async fn send_events(&self, events: &[Event]) -> Result<(), Error> {
        let attempted = format!("send {} events", events.len());
        self.act(Request::post(&["events"], attempted).json(&events))
            .await
    }
}
