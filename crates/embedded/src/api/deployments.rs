mod query;
mod update;
mod upsert;

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use chrono::{DateTime, Utc};
use serde_json::Value;
use uuid::Uuid;

use super::work_pools::{self, WorkPoolCreate};
use super::work_queues;
use crate::body::id;
use crate::error::ApiError;
use crate::model::{
    DEPLOYMENT_NAMES, DEPLOYMENT_RUNS, Deployment, FLOW_NAMES, FLOW_RUN_STATES, FlowRun,
    POOL_NAMES, RUN_KEYS, StateType, UNFINISHED_RUNS, WorkPool, WorkQueue, now,
};
use crate::store::{Reading, ReadingRecords, Store, WriteTx};

pub(super) use query::{count, filter};
pub(super) use update::update;
pub(super) use upsert::upsert;

/// The pool that 3.x files deployments under which name a queue but no pool.
const AGENT_POOL: &str = "default-agent-pool";

pub(super) async fn read(
    State(store): State<Store>,
    Path(path): Path<String>,
) -> Result<Json<Value>, ApiError> {
    let id = id(&path)?;
    store
        .read(move |tx| Ok(Json(shown(tx, &by_id(tx, id, "Deployment not found")?)?)))
        .await
}

pub(super) async fn read_by_name(
    State(store): State<Store>,
    Path((flow, deployment)): Path<(String, String)>,
) -> Result<Json<Value>, ApiError> {
    store
        .read(move |tx| {
            let missing = || ApiError::not_found("Deployment not found");
            let flow = tx
                .id_of(FLOW_NAMES, &[flow.as_bytes()])?
                .ok_or_else(missing)?;
            let found = tx.find_by(DEPLOYMENT_NAMES, &[flow.as_bytes(), deployment.as_bytes()])?;
            Ok(Json(shown(tx, &found.ok_or_else(missing)?)?))
        })
        .await
}

/// Deletes a deployment with its scheduled runs; runs that have begun or ended stay.
pub(super) async fn delete(
    State(store): State<Store>,
    Path(path): Path<String>,
) -> Result<StatusCode, ApiError> {
    let id = id(&path)?;
    store
        .write(move |tx| {
            let deployment = by_id(tx, id, "Deployment not found")?;
            delete_runs(tx, id, |run| run.state.kind == StateType::Scheduled)?;
            tx.unindex(
                DEPLOYMENT_NAMES,
                &[deployment.flow_id.as_bytes(), deployment.name.as_bytes()],
            )?;
            tx.remove::<Deployment>(id)?;
            Ok(StatusCode::NO_CONTENT)
        })
        .await
}

pub(super) async fn pause(
    State(store): State<Store>,
    Path(path): Path<String>,
) -> Result<Json<Value>, ApiError> {
    set_paused(store, id(&path)?, true).await
}

pub(super) async fn resume(
    State(store): State<Store>,
    Path(path): Path<String>,
) -> Result<Json<Value>, ApiError> {
    set_paused(store, id(&path)?, false).await
}

async fn set_paused(store: Store, id: Uuid, paused: bool) -> Result<Json<Value>, ApiError> {
    store
        .write(move |tx| {
            let mut deployment = by_id(tx, id, "Deployment not found")?;
            deployment.set_paused(paused, now());
            deployment.updated = now();
            tx.put(&deployment)?;
            if paused {
                delete_runs(tx, id, is_unstarted_auto_run)?;
            }
            Ok(Json(Value::Null))
        })
        .await
}

/// `missing` is the text of the 404: the routes of 3.8.8 differ in it by a full stop.
pub(super) fn by_id(tx: &impl Reading, id: Uuid, missing: &str) -> Result<Deployment, ApiError> {
    tx.find(id)?.ok_or_else(|| ApiError::not_found(missing))
}

/// The response of a deployment, with the name of its pool.
pub(super) fn shown(tx: &impl Reading, deployment: &Deployment) -> Result<Value, ApiError> {
    Ok(deployment.shown(
        pool_of(tx, deployment.work_queue_id)?
            .map(|pool| pool.name)
            .as_deref(),
    ))
}

/// The pool that a queue belongs to.
pub(super) fn pool_of(
    tx: &impl Reading,
    queue: Option<Uuid>,
) -> Result<Option<WorkPool>, ApiError> {
    let Some(queue) = queue else { return Ok(None) };
    match tx.find::<WorkQueue>(queue)? {
        Some(queue) => tx.find(queue.work_pool_id),
        None => Ok(None),
    }
}

/// Deletes the future runs that the scheduler made, since they show the deployment as it was.
pub(super) fn delete_future_auto_runs(
    tx: &mut WriteTx,
    deployment: Uuid,
    now: DateTime<Utc>,
) -> Result<(), ApiError> {
    delete_runs(tx, deployment, |run| {
        is_unstarted_auto_run(run) && run.next_scheduled_start_time.is_some_and(|time| time > now)
    })
}

/// Deletes all runs that the scheduler made and nothing has begun, overdue ones too.
pub(super) fn delete_auto_runs(tx: &mut WriteTx, deployment: Uuid) -> Result<(), ApiError> {
    delete_runs(tx, deployment, is_unstarted_auto_run)
}

pub(crate) fn is_unstarted_auto_run(run: &FlowRun) -> bool {
    run.auto_scheduled
        && run.state.kind == StateType::Scheduled
        && run.state.name != "AwaitingConcurrencySlot"
        && run.run_count == 0
}

fn delete_runs(
    tx: &mut WriteTx,
    deployment: Uuid,
    which: impl Fn(&FlowRun) -> bool,
) -> Result<(), ApiError> {
    for id in tx.ids_under(DEPLOYMENT_RUNS, &[deployment.as_bytes()])? {
        let Some(run) = tx.find::<FlowRun>(id)? else {
            continue;
        };
        if which(&run) {
            delete_run(tx, &run)?;
        }
    }
    Ok(())
}

/// Deletes a run and what finds it.
pub(crate) fn delete_run(tx: &mut WriteTx, run: &FlowRun) -> Result<(), ApiError> {
    if let Some(deployment) = run.deployment_id {
        tx.unindex(DEPLOYMENT_RUNS, &[deployment.as_bytes(), run.id.as_bytes()])?;
    }
    if let Some(key) = &run.idempotency_key {
        tx.unindex(RUN_KEYS, &[run.flow_id.as_bytes(), key.as_bytes()])?;
    }
    for (key, _) in tx.entries(FLOW_RUN_STATES, run.id.as_bytes())? {
        tx.delete(FLOW_RUN_STATES, &key)?;
    }
    if let Some(key) = run.unfinished_key() {
        tx.delete(UNFINISHED_RUNS, &key)?;
    }
    tx.remove::<FlowRun>(run.id)
}

/// Finds the pool and makes the queue that a write names.
fn place(
    tx: &mut WriteTx,
    pool: Option<&str>,
    queue: Option<&str>,
) -> Result<Option<WorkQueue>, ApiError> {
    let pool = match (pool, queue) {
        (None, None) => return Ok(None),
        // As in Prefect: whoever names a queue alone gets it in the agents' pool.
        (None, Some(_)) => agent_pool(tx)?,
        (Some(name), _) => work_queues::pool_by_name(tx, name)?,
    };
    match queue {
        Some(queue) => work_queues::ensure(tx, &pool, queue).map(Some),
        None => tx.find(pool.default_queue_id),
    }
}

/// The agents' pool, made if there is none.
fn agent_pool(tx: &mut WriteTx) -> Result<WorkPool, ApiError> {
    match tx.find_by(POOL_NAMES, &[AGENT_POOL.as_bytes()])? {
        Some(pool) => Ok(pool),
        None => work_pools::insert(tx, WorkPoolCreate::agents(AGENT_POOL)),
    }
}
