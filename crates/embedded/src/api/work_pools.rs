use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use serde::Deserialize;
use serde_json::{Map, Value};
use uuid::Uuid;

use super::validation::check_base_job_template;
use super::work_queues::{in_pool, pool_by_name, remove};
use crate::body::{parse, sent};
use crate::error::ApiError;
use crate::filter::{Page, WorkPoolFilter};
use crate::model::{POOL_NAMES, QUEUE_NAMES, WorkPool, WorkQueue, now};
use crate::names;
use crate::store::{ReadingRecords, Store, WriteTx};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct WorkPoolCreate {
    name: String,
    #[serde(default)]
    description: Option<String>,
    #[serde(default = "agent", rename = "type")]
    kind: String,
    #[serde(default)]
    base_job_template: Map<String, Value>,
    #[serde(default)]
    is_paused: bool,
    #[serde(default)]
    concurrency_limit: Option<u32>,
}

impl WorkPoolCreate {
    /// A pool without a template, of the type that 2.x's agents serve.
    pub(super) fn agents(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            description: None,
            kind: agent(),
            base_job_template: Map::new(),
            is_paused: false,
            concurrency_limit: None,
        }
    }
}

fn agent() -> String {
    "prefect-agent".to_owned()
}

/// Makes a pool with its queue `default`.
pub(super) async fn create(
    State(store): State<Store>,
    body: Bytes,
) -> Result<(StatusCode, Json<Value>), ApiError> {
    let create: WorkPoolCreate = parse(&body)?;
    names::check(&create.name)?;
    check_base_job_template(&create.base_job_template)?;
    if create.name.to_lowercase().starts_with("prefect") {
        let reserved = "Work pools starting with 'Prefect' are reserved for internal use.";
        return Err(ApiError::Detail(StatusCode::FORBIDDEN, reserved.to_owned()));
    }
    store
        .write(move |tx| {
            if tx.id_of(POOL_NAMES, &[create.name.as_bytes()])?.is_some() {
                return Err(ApiError::conflict(
                    "A work pool with this name already exists.",
                ));
            }
            let pool = insert(tx, create)?;
            Ok((StatusCode::CREATED, Json(pool.shown())))
        })
        .await
}

/// Stores a pool with its queue `default`.
pub(super) fn insert(tx: &mut WriteTx, create: WorkPoolCreate) -> Result<WorkPool, ApiError> {
    let now = now();
    let queue = WorkQueue {
        id: Uuid::new_v4(),
        created: now,
        updated: now,
        name: "default".to_owned(),
        description: Some("The work pool's default queue.".to_owned()),
        is_paused: false,
        concurrency_limit: None,
        priority: 1,
        work_pool_id: Uuid::new_v4(),
    };
    let pool = WorkPool {
        id: queue.work_pool_id,
        created: now,
        updated: now,
        name: create.name,
        description: create.description,
        kind: create.kind,
        base_job_template: create.base_job_template,
        is_paused: create.is_paused,
        concurrency_limit: create.concurrency_limit,
        default_queue_id: queue.id,
    };
    tx.index(POOL_NAMES, &[pool.name.as_bytes()], pool.id)?;
    tx.index(
        QUEUE_NAMES,
        &[pool.id.as_bytes(), queue.name.as_bytes()],
        queue.id,
    )?;
    tx.put(&pool)?;
    tx.put(&queue)?;
    Ok(pool)
}

pub(super) async fn read(
    State(store): State<Store>,
    Path(name): Path<String>,
) -> Result<Json<Value>, ApiError> {
    store
        .read(move |tx| Ok(Json(pool_by_name(tx, &name)?.shown())))
        .await
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WorkPoolUpdate {
    #[serde(default, deserialize_with = "sent")]
    description: Option<Option<String>>,
    #[serde(default)]
    is_paused: Option<bool>,
    #[serde(default)]
    base_job_template: Option<Map<String, Value>>,
    #[serde(default, deserialize_with = "sent")]
    concurrency_limit: Option<Option<u32>>,
}

pub(super) async fn update(
    State(store): State<Store>,
    Path(name): Path<String>,
    body: Bytes,
) -> Result<StatusCode, ApiError> {
    let update: WorkPoolUpdate = parse(&body)?;
    if let Some(template) = &update.base_job_template {
        check_base_job_template(template)?;
    }
    store
        .write(move |tx| {
            let mut pool = pool_by_name(tx, &name)?;
            pool.description = update.description.unwrap_or(pool.description);
            pool.is_paused = update.is_paused.unwrap_or(pool.is_paused);
            pool.base_job_template = update.base_job_template.unwrap_or(pool.base_job_template);
            pool.concurrency_limit = update.concurrency_limit.unwrap_or(pool.concurrency_limit);
            pool.updated = now();
            tx.put(&pool)?;
            Ok(StatusCode::NO_CONTENT)
        })
        .await
}

/// Deletes a pool and its queues; its deployments stay, without a pool.
pub(super) async fn delete(
    State(store): State<Store>,
    Path(name): Path<String>,
) -> Result<StatusCode, ApiError> {
    store
        .write(move |tx| {
            let pool = pool_by_name(tx, &name)?;
            for queue in in_pool(tx, &pool)? {
                remove(tx, &queue)?;
            }
            tx.unindex(POOL_NAMES, &[pool.name.as_bytes()])?;
            tx.remove::<WorkPool>(pool.id)?;
            Ok(StatusCode::NO_CONTENT)
        })
        .await
}

#[derive(Deserialize)]
struct WorkPoolsFilter {
    #[serde(default)]
    work_pools: Option<WorkPoolFilter>,
    #[serde(default)]
    limit: Option<i64>,
    #[serde(default)]
    offset: Option<i64>,
}

/// Pools by name.
pub(super) async fn filter(
    State(store): State<Store>,
    body: Bytes,
) -> Result<Json<Vec<Value>>, ApiError> {
    let request: WorkPoolsFilter = parse(&body)?;
    let page = Page::new(request.limit, request.offset)?;
    let filter = request.work_pools.unwrap_or_default();
    store
        .read(move |tx| {
            let mut pools: Vec<WorkPool> = tx.with_ids(filter.ids())?;
            pools.retain(|pool| filter.matches(pool));
            pools.sort_by(|left, right| left.name.cmp(&right.name));
            Ok(Json(page.of(pools.iter().map(WorkPool::shown).collect())))
        })
        .await
}
