use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use crate::body::{id, parse};
use crate::error::ApiError;
use crate::filter::{FlowFilter, Page};
use crate::model::{FLOW_NAMES, Flow, now};
use crate::names;
use crate::store::{ReadingRecords, Store};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FlowCreate {
    name: String,
    #[serde(default)]
    tags: Vec<String>,
    #[serde(default)]
    labels: Option<Map<String, Value>>,
}

/// Makes a flow, or returns the one of this name as it is.
pub(super) async fn create(
    State(store): State<Store>,
    body: Bytes,
) -> Result<(StatusCode, Json<Flow>), ApiError> {
    let create: FlowCreate = parse(&body)?;
    names::check(&create.name)?;
    store
        .write(move |tx| {
            if let Some(flow) = tx.find_by(FLOW_NAMES, &[create.name.as_bytes()])? {
                return Ok((StatusCode::OK, Json(flow)));
            }
            let now = now();
            let flow = Flow {
                id: Uuid::new_v4(),
                created: now,
                updated: now,
                name: create.name,
                tags: create.tags,
                labels: create.labels.unwrap_or_default(),
            };
            tx.index(FLOW_NAMES, &[flow.name.as_bytes()], flow.id)?;
            tx.put(&flow)?;
            Ok((StatusCode::CREATED, Json(flow)))
        })
        .await
}

pub(super) async fn read(
    State(store): State<Store>,
    Path(path): Path<String>,
) -> Result<Json<Flow>, ApiError> {
    let id = id(&path)?;
    store
        .read(move |tx| tx.find(id)?.map(Json).ok_or_else(missing))
        .await
}

pub(super) async fn read_by_name(
    State(store): State<Store>,
    Path(name): Path<String>,
) -> Result<Json<Flow>, ApiError> {
    store
        .read(move |tx| {
            tx.find_by(FLOW_NAMES, &[name.as_bytes()])?
                .map(Json)
                .ok_or_else(missing)
        })
        .await
}

#[derive(Deserialize)]
struct FlowsFilter {
    #[serde(default)]
    flows: Option<FlowFilter>,
    #[serde(default)]
    sort: FlowSort,
    #[serde(default)]
    limit: Option<i64>,
    #[serde(default)]
    offset: Option<i64>,
}

#[derive(Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
enum FlowSort {
    CreatedDesc,
    UpdatedDesc,
    #[default]
    NameAsc,
    NameDesc,
}

pub(super) async fn filter(
    State(store): State<Store>,
    body: Bytes,
) -> Result<Json<Vec<Value>>, ApiError> {
    let request: FlowsFilter = parse(&body)?;
    let page = Page::new(request.limit, request.offset)?;
    let filter = request.flows.unwrap_or_default();
    store
        .read(move |tx| {
            let mut flows: Vec<Flow> = tx.with_ids(filter.ids())?;
            flows.retain(|flow| filter.matches(flow));
            flows.sort_by(|left, right| match request.sort {
                FlowSort::CreatedDesc => right.created.cmp(&left.created),
                FlowSort::UpdatedDesc => right.updated.cmp(&left.updated),
                FlowSort::NameAsc => left.name.cmp(&right.name),
                FlowSort::NameDesc => right.name.cmp(&left.name),
            });
            Ok(Json(
                page.of(flows.iter().map(|flow| json!(flow)).collect()),
            ))
        })
        .await
}

fn missing() -> ApiError {
    ApiError::not_found("Flow not found")
}
