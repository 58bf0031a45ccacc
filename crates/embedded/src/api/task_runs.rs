use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use serde::Deserialize;
use serde_json::Value;
use uuid::Uuid;

use super::flow_runs::StateCreate;
use crate::body::{id, parse};
use crate::error::ApiError;
use crate::filter::{FlowRunFilter, Page};
use crate::model::{FlowRun, TASK_RUN_KEYS, TaskRun, ToldTaskRun, now};
use crate::store::{ReadingRecords, Store};

pub(super) async fn read(
    State(store): State<Store>,
    Path(path): Path<String>,
) -> Result<Json<Value>, ApiError> {
    let id = id(&path)?;
    store
        .read(move |tx| {
            let run: Option<TaskRun> = tx.find(id)?;
            run.map(|run| Json(run.shown()))
                .ok_or_else(|| ApiError::not_found("Task not found"))
        })
        .await
}

#[derive(Deserialize)]
struct TaskRunCreate {
    #[serde(default)]
    id: Option<Uuid>,
    flow_run_id: Uuid,
    #[serde(default)]
    state: Option<StateCreate>,
    #[serde(flatten)]
    told: ToldTaskRun,
}

/// Makes a task run (201), or returns the one that has its keys (200).
pub(super) async fn create(
    State(store): State<Store>,
    body: Bytes,
) -> Result<(StatusCode, Json<Value>), ApiError> {
    let create: TaskRunCreate = parse(&body)?;
    store
        .write(move |tx| {
            if tx.find::<FlowRun>(create.flow_run_id)?.is_none() {
                return Err(ApiError::integrity());
            }
            let keys: [&[u8]; 3] = [
                create.flow_run_id.as_bytes(),
                create.told.task_key.as_bytes(),
                create.told.dynamic_key.as_bytes(),
            ];
            if let Some(run) = tx.find_by::<TaskRun>(TASK_RUN_KEYS, &keys)? {
                return Ok((StatusCode::OK, Json(run.shown())));
            }
            let (id, now) = (create.id.unwrap_or_else(Uuid::new_v4), now());
            tx.index(TASK_RUN_KEYS, &keys, id)?;
            let first = create.state.unwrap_or_else(StateCreate::pending);
            let state = first.into_state(create.flow_run_id, now);
            let mut run = TaskRun {
                id,
                created: now,
                updated: now,
                flow_run_id: create.flow_run_id,
                state: state.clone(),
                told: create.told,
            };
            run.enter(state);
            tx.put(&run)?;
            Ok((StatusCode::CREATED, Json(run.shown())))
        })
        .await
}

#[derive(Deserialize)]
struct TaskRunsFilter {
    #[serde(default)]
    flow_runs: Option<FlowRunFilter>,
    #[serde(default)]
    sort: TaskRunSort,
    #[serde(default)]
    limit: Option<i64>,
    #[serde(default)]
    offset: Option<i64>,
}

#[derive(Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
enum TaskRunSort {
    #[default]
    IdDesc,
    NameAsc,
}

/// The task runs of the flow runs that are meant.
pub(super) async fn filter(
    State(store): State<Store>,
    body: Bytes,
) -> Result<Json<Vec<Value>>, ApiError> {
    let request: TaskRunsFilter = parse(&body)?;
    let page = Page::new(request.limit, request.offset)?;
    store
        .read(move |tx| {
            let mut runs = Vec::new();
            for run in tx.all::<TaskRun>()? {
                let is_meant = match &request.flow_runs {
                    Some(filter) => tx
                        .find::<FlowRun>(run.flow_run_id)?
                        .is_some_and(|flow_run| filter.matches(&flow_run)),
                    None => true,
                };
                if is_meant {
                    runs.push(run);
                }
            }
            match request.sort {
                TaskRunSort::IdDesc => runs.sort_by_key(|run| std::cmp::Reverse(run.created)),
                TaskRunSort::NameAsc => runs.sort_by(|a, b| a.told.name.cmp(&b.told.name)),
            }
            Ok(Json(page.of(runs.iter().map(TaskRun::shown).collect())))
        })
        .await
}
