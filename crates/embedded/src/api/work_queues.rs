use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use serde::Deserialize;
use serde_json::Value;
use uuid::Uuid;

use crate::body::{parse, sent};
use crate::error::ApiError;
use crate::filter::{Page, WorkQueueFilter};
use crate::model::{POOL_NAMES, QUEUE_NAMES, WorkPool, WorkQueue, now};
use crate::names;
use crate::store::{Reading, ReadingRecords, Store, WriteTx};

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct WorkQueueCreate {
    name: String,
    #[serde(default)]
    description: Option<String>,
    #[serde(default)]
    is_paused: bool,
    #[serde(default)]
    concurrency_limit: Option<u32>,
    #[serde(default)]
    priority: Option<u32>,
}

pub(super) async fn create(
    State(store): State<Store>,
    Path(pool): Path<String>,
    body: Bytes,
) -> Result<(StatusCode, Json<Value>), ApiError> {
    let create: WorkQueueCreate = parse(&body)?;
    names::check(&create.name)?;
    store
        .write(move |tx| {
            let pool = pool_by_name(tx, &pool)?;
            if tx
                .id_of(QUEUE_NAMES, &[pool.id.as_bytes(), create.name.as_bytes()])?
                .is_some()
            {
                return Err(ApiError::conflict(format!(
                    "A work queue with this name already exists in work pool '{}'.",
                    pool.name
                )));
            }
            let queue = insert(tx, &pool, create)?;
            Ok((StatusCode::CREATED, Json(queue.shown(&pool.name))))
        })
        .await
}

/// The queue of this name, made with the lowest rank if there is none.
pub(super) fn ensure(tx: &mut WriteTx, pool: &WorkPool, name: &str) -> Result<WorkQueue, ApiError> {
    match tx.find_by(QUEUE_NAMES, &[pool.id.as_bytes(), name.as_bytes()])? {
        Some(queue) => Ok(queue),
        None => insert(
            tx,
            pool,
            WorkQueueCreate {
                name: name.to_owned(),
                ..WorkQueueCreate::default()
            },
        ),
    }
}

fn insert(
    tx: &mut WriteTx,
    pool: &WorkPool,
    create: WorkQueueCreate,
) -> Result<WorkQueue, ApiError> {
    let now = now();
    let lowest = in_pool(tx, pool)?
        .iter()
        .map(|queue| queue.priority)
        .max()
        .unwrap_or_default();
    let queue = WorkQueue {
        id: Uuid::new_v4(),
        created: now,
        updated: now,
        name: create.name,
        description: Some(create.description.unwrap_or_default()),
        is_paused: create.is_paused,
        concurrency_limit: create.concurrency_limit,
        priority: create.priority.unwrap_or(lowest + 1),
        work_pool_id: pool.id,
    };
    tx.index(
        QUEUE_NAMES,
        &[pool.id.as_bytes(), queue.name.as_bytes()],
        queue.id,
    )?;
    tx.put(&queue)?;
    Ok(queue)
}

/// All queues of a pool, by rank.
pub(super) fn in_pool(tx: &impl Reading, pool: &WorkPool) -> Result<Vec<WorkQueue>, ApiError> {
    let mut queues: Vec<WorkQueue> = Vec::new();
    for id in tx.ids_under(QUEUE_NAMES, &[pool.id.as_bytes()])? {
        queues.extend(tx.find(id)?);
    }
    queues.sort_by_key(|queue| queue.priority);
    Ok(queues)
}

pub(super) fn pool_by_name(tx: &impl Reading, name: &str) -> Result<WorkPool, ApiError> {
    tx.find_by(POOL_NAMES, &[name.as_bytes()])?
        .ok_or_else(|| ApiError::not_found(format!("Work pool \"{name}\" not found.")))
}

fn by_name(tx: &impl Reading, pool: &WorkPool, name: &str) -> Result<WorkQueue, ApiError> {
    tx.find_by(QUEUE_NAMES, &[pool.id.as_bytes(), name.as_bytes()])?
        .ok_or_else(|| {
            ApiError::not_found(format!("Work pool queue '{}/{name}' not found.", pool.name))
        })
}

pub(super) async fn read(
    State(store): State<Store>,
    Path((pool, name)): Path<(String, String)>,
) -> Result<Json<Value>, ApiError> {
    store
        .read(move |tx| {
            let pool = pool_by_name(tx, &pool)?;
            Ok(Json(by_name(tx, &pool, &name)?.shown(&pool.name)))
        })
        .await
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WorkQueueUpdate {
    #[serde(default, deserialize_with = "sent")]
    description: Option<Option<String>>,
    #[serde(default)]
    is_paused: Option<bool>,
    #[serde(default, deserialize_with = "sent")]
    concurrency_limit: Option<Option<u32>>,
    #[serde(default)]
    priority: Option<u32>,
}

pub(super) async fn update(
    State(store): State<Store>,
    Path((pool, name)): Path<(String, String)>,
    body: Bytes,
) -> Result<StatusCode, ApiError> {
    let update: WorkQueueUpdate = parse(&body)?;
    store
        .write(move |tx| {
            let pool = pool_by_name(tx, &pool)?;
            let mut queue = by_name(tx, &pool, &name)?;
            queue.description = update.description.unwrap_or(queue.description);
            queue.is_paused = update.is_paused.unwrap_or(queue.is_paused);
            queue.concurrency_limit = update.concurrency_limit.unwrap_or(queue.concurrency_limit);
            queue.priority = update.priority.unwrap_or(queue.priority);
            queue.updated = now();
            tx.put(&queue)?;
            Ok(StatusCode::NO_CONTENT)
        })
        .await
}

pub(super) async fn delete(
    State(store): State<Store>,
    Path((pool, name)): Path<(String, String)>,
) -> Result<StatusCode, ApiError> {
    store
        .write(move |tx| {
            let pool = pool_by_name(tx, &pool)?;
            let queue = by_name(tx, &pool, &name)?;
            if queue.id == pool.default_queue_id {
                return Err(ApiError::conflict(
                    "The default queue of a work pool cannot be deleted.",
                ));
            }
            remove(tx, &queue)?;
            Ok(StatusCode::NO_CONTENT)
        })
        .await
}

/// Deletes a queue; deployments that used it keep its name, as in Prefect.
pub(super) fn remove(tx: &mut WriteTx, queue: &WorkQueue) -> Result<(), ApiError> {
    tx.unindex(
        QUEUE_NAMES,
        &[queue.work_pool_id.as_bytes(), queue.name.as_bytes()],
    )?;
    tx.remove::<WorkQueue>(queue.id)?;
    let deployments: Vec<crate::model::Deployment> = tx.all()?;
    for mut deployment in deployments
        .into_iter()
        .filter(|deployment| deployment.work_queue_id == Some(queue.id))
    {
        deployment.work_queue_id = None;
        tx.put(&deployment)?;
    }
    Ok(())
}

#[derive(Deserialize)]
struct WorkQueuesFilter {
    #[serde(default)]
    work_queues: Option<WorkQueueFilter>,
    #[serde(default)]
    limit: Option<i64>,
    #[serde(default)]
    offset: Option<i64>,
}

pub(super) async fn filter(
    State(store): State<Store>,
    Path(pool): Path<String>,
    body: Bytes,
) -> Result<Json<Vec<Value>>, ApiError> {
    let request: WorkQueuesFilter = parse(&body)?;
    let page = Page::new(request.limit, request.offset)?;
    let filter = request.work_queues.unwrap_or_default();
    store
        .read(move |tx| {
            let pool = pool_by_name(tx, &pool)?;
            let queues = in_pool(tx, &pool)?;
            let shown = queues
                .iter()
                .filter(|queue| filter.matches(queue))
                .map(|queue| queue.shown(&pool.name));
            Ok(Json(page.of(shown.collect())))
        })
        .await
}
