//! Events: of all that 3.8.8 does with them only the recording of task runs.

use axum::body::Bytes;
use axum::extract::State;
use axum::http::StatusCode;
use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use crate::body::parse;
use crate::error::ApiError;
use crate::model::{FlowRun, RunState, StateType, TaskRun, ToldTaskRun, now};
use crate::store::{ReadingRecords, Store, WriteTx};

#[derive(Deserialize)]
struct Event {
    id: Uuid,
    occurred: DateTime<Utc>,
    event: String,
    resource: Map<String, Value>,
    #[serde(default)]
    related: Vec<Map<String, Value>>,
    #[serde(default)]
    payload: Map<String, Value>,
}

#[derive(Deserialize)]
struct ToldState {
    #[serde(rename = "type")]
    kind: StateType,
    name: String,
    #[serde(default)]
    message: Option<String>,
    #[serde(default)]
    state_details: Map<String, Value>,
}

/// Takes events; as in Prefect the answer does not tell which of them could be recorded.
pub(super) async fn create(
    State(store): State<Store>,
    body: Bytes,
) -> Result<StatusCode, ApiError> {
    let events: Vec<Event> = parse(&body)?;
    store
        .write(move |tx| {
            for event in &events {
                record(tx, event)?;
            }
            Ok(StatusCode::NO_CONTENT)
        })
        .await
}

/// Records the task run that an event tells of; what is told latest of it counts.
fn record(tx: &mut WriteTx, event: &Event) -> Result<(), ApiError> {
    let Some((id, flow_run_id)) = runs(event) else {
        return Ok(());
    };
    let Some((state, told)) = told(event, id, flow_run_id) else {
        return Ok(());
    };
    if tx.find::<FlowRun>(flow_run_id)?.is_none() {
        return Ok(());
    }
    let known: Option<TaskRun> = tx.find(id)?;
    let created = known.as_ref().map(|run| run.created);
    if known.is_some_and(|run| run.state.timestamp >= event.occurred) {
        return Ok(());
    }
    let now = now();
    tx.put(&TaskRun {
        id,
        created: created.unwrap_or(now),
        updated: now,
        flow_run_id,
        state,
        told,
    })
}

/// The task run and the flow run of an event that is to be recorded.
fn runs(event: &Event) -> Option<(Uuid, Uuid)> {
    let is_of_engine = event.event.starts_with("prefect.task-run.")
        && event.resource.get("prefect.orchestration") == Some(&json!("client"));
    if !is_of_engine {
        return None;
    }
    let flow_run = event
        .related
        .iter()
        .find(|related| related.get("prefect.resource.role") == Some(&json!("flow-run")))?;
    Some((
        id_in(&event.resource, "prefect.task-run.")?,
        id_in(flow_run, "prefect.flow-run.")?,
    ))
}

fn id_in(resource: &Map<String, Value>, kind: &str) -> Option<Uuid> {
    let id = resource.get("prefect.resource.id")?.as_str()?;
    id.strip_prefix(kind)?.parse().ok()
}

fn told(event: &Event, id: Uuid, flow_run_id: Uuid) -> Option<(RunState, ToldTaskRun)> {
    let told = serde_json::from_value(event.payload.get("task_run")?.clone()).ok()?;
    let state = event.payload.get("validated_state")?.clone();
    let state: ToldState = serde_json::from_value(state).ok()?;
    let mut state_details = state.state_details;
    state_details.insert("task_run_id".to_owned(), json!(id));
    state_details.insert("flow_run_id".to_owned(), json!(flow_run_id));
    let state = RunState {
        id: event.id,
        kind: state.kind,
        name: state.name,
        timestamp: event.occurred,
        message: state.message,
        data: None,
        state_details,
    };
    Some((state, told))
}
