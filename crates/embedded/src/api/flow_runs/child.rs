use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::StatusCode;
use serde::Deserialize;
use serde_json::{Map, Value};
use uuid::Uuid;

use super::create::bare;
use super::shown;
use super::state::{StateCreate, store as store_state};
use crate::api::validation::check_size;
use crate::body::parse;
use crate::error::ApiError;
use crate::model::{Flow, FlowRun, RUN_KEYS, TaskRun, now};
use crate::store::{ReadingRecords, Store};

/// A run of a flow, without a deployment.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FlowRunCreate {
    flow_id: Uuid,
    #[serde(default)]
    parent_task_run_id: Option<Uuid>,
    #[serde(default)]
    state: Option<StateCreate>,
    #[serde(default)]
    name: Option<String>,
    #[serde(default)]
    flow_version: Option<String>,
    #[serde(default)]
    parameters: Map<String, Value>,
    #[serde(default)]
    empirical_policy: Map<String, Value>,
    #[serde(default)]
    tags: Vec<String>,
    #[serde(default)]
    idempotency_key: Option<String>,
}

/// Makes a run of a flow (201), or returns the one that an earlier call with the same key made (200).
pub(in crate::api) async fn create_child(
    State(store): State<Store>,
    body: Bytes,
) -> Result<(StatusCode, Json<Value>), ApiError> {
    let create: FlowRunCreate = parse(&body)?;
    check_size(&create.parameters)?;
    store
        .write(move |tx| {
            let has_flow = tx.find::<Flow>(create.flow_id)?.is_some();
            let has_parent = match create.parent_task_run_id {
                Some(parent) => tx.find::<TaskRun>(parent)?.is_some(),
                None => true,
            };
            if !has_flow || !has_parent {
                return Err(ApiError::integrity());
            }
            let (id, now) = (Uuid::new_v4(), now());
            if let Some(key) = &create.idempotency_key {
                let key: [&[u8]; 2] = [create.flow_id.as_bytes(), key.as_bytes()];
                if let Some(run) = tx.find_by::<FlowRun>(RUN_KEYS, &key)? {
                    return Ok((StatusCode::OK, Json(shown(tx, &run)?)));
                }
                tx.index(RUN_KEYS, &key, id)?;
            }
            let mut run = FlowRun {
                parent_task_run_id: create.parent_task_run_id,
                flow_version: create.flow_version,
                parameters: create.parameters,
                idempotency_key: create.idempotency_key,
                empirical_policy: create.empirical_policy,
                tags: create.tags,
                ..bare(id, create.flow_id, create.name, now)
            };
            let first = create.state.unwrap_or_else(StateCreate::pending);
            store_state(tx, &mut run, first.into_state(id, now))?;
            Ok((StatusCode::CREATED, Json(shown(tx, &run)?)))
        })
        .await
}
