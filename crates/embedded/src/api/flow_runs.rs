mod child;
mod create;
mod query;
mod resume;
mod set_state;
mod state;

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, RawQuery, State};
use axum::http::StatusCode;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::deployments::{delete_run, pool_of};
use crate::body::{id, parse, sent};
use crate::error::ApiError;
use crate::model::{FlowRun, StateType, now};
use crate::store::{Reading, ReadingRecords, Store};

pub(super) use child::create_child;
pub(super) use create::create;
pub(crate) use create::{fire_of_key, insert_scheduled, schedule_key};
pub(super) use query::{filter, unfinished};
pub(super) use resume::resume;
pub(super) use set_state::set_state;
pub(super) use state::StateCreate;

pub(super) async fn read(
    State(store): State<Store>,
    Path(path): Path<String>,
) -> Result<Json<Value>, ApiError> {
    let id = id(&path)?;
    store
        .read(move |tx| Ok(Json(shown(tx, &by_id(tx, id)?)?)))
        .await
}

fn by_id(tx: &impl Reading, id: Uuid) -> Result<FlowRun, ApiError> {
    tx.find(id)?
        .ok_or_else(|| ApiError::not_found("Flow run not found"))
}

/// The response of a run, with the name of its pool.
fn shown(tx: &impl Reading, run: &FlowRun) -> Result<Value, ApiError> {
    Ok(run.shown(
        pool_of(tx, run.work_queue_id)?
            .map(|pool| pool.name)
            .as_deref(),
    ))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FlowRunUpdate {
    #[serde(default)]
    name: Option<String>,
    #[serde(default, deserialize_with = "sent")]
    flow_version: Option<Option<String>>,
    #[serde(default, deserialize_with = "sent")]
    parameters: Option<Map<String, Value>>,
    #[serde(default, deserialize_with = "sent")]
    empirical_policy: Option<Map<String, Value>>,
    #[serde(default, deserialize_with = "sent")]
    tags: Option<Vec<String>>,
    #[serde(default, deserialize_with = "sent")]
    infrastructure_pid: Option<Option<String>>,
    #[serde(default)]
    job_variables: Option<Map<String, Value>>,
}

/// Changes what was sent; job variables only while the run is scheduled.
pub(super) async fn update(
    State(store): State<Store>,
    Path(path): Path<String>,
    body: Bytes,
) -> Result<StatusCode, ApiError> {
    let id = id(&path)?;
    let update: FlowRunUpdate = parse(&body)?;
    store
        .write(move |tx| {
            let mut run = by_id(tx, id)?;
            if let Some(variables) = update.job_variables {
                if run.state.kind != StateType::Scheduled {
                    let kind = run.state.kind.text();
                    return Err(ApiError::Detail(
                        StatusCode::BAD_REQUEST,
                        format!("Job variables for a flow run in state {kind} cannot be updated"),
                    ));
                }
                run.job_variables = variables;
            }
            run.name = update.name.unwrap_or(run.name);
            run.flow_version = update.flow_version.unwrap_or(run.flow_version);
            run.parameters = update.parameters.unwrap_or(run.parameters);
            run.empirical_policy = update.empirical_policy.unwrap_or(run.empirical_policy);
            run.tags = update.tags.unwrap_or(run.tags);
            run.infrastructure_pid = update.infrastructure_pid.unwrap_or(run.infrastructure_pid);
            run.updated = now();
            tx.put(&run)?;
            Ok(StatusCode::NO_CONTENT)
        })
        .await
}

pub(super) async fn delete(
    State(store): State<Store>,
    Path(path): Path<String>,
) -> Result<StatusCode, ApiError> {
    let id = id(&path)?;
    store
        .write(move |tx| {
            let run = by_id(tx, id)?;
            delete_run(tx, &run)?;
            Ok(StatusCode::NO_CONTENT)
        })
        .await
}

/// The states of one run, oldest first.
pub(super) async fn states(
    State(store): State<Store>,
    RawQuery(query): RawQuery,
) -> Result<Json<Value>, ApiError> {
    let named = query.as_deref().unwrap_or_default();
    let named = named.strip_prefix("flow_run_id=").unwrap_or_default();
    let flow_run_id: Uuid = named
        .parse()
        .map_err(|_| ApiError::invalid(&["query", "flow_run_id"], "Field required"))?;
    store
        .read(move |tx| Ok(Json(json!(state::history(tx, flow_run_id)?))))
        .await
}
