use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use crate::body::{id, parse, sent};
use crate::error::ApiError;
use crate::filter::{ArtifactFilter, Page};
use crate::model::{Artifact, now};
use crate::store::{ReadingRecords, Store};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ArtifactCreate {
    #[serde(default)]
    key: Option<String>,
    #[serde(default, rename = "type")]
    kind: Option<String>,
    #[serde(default)]
    description: Option<String>,
    #[serde(default)]
    data: Value,
    #[serde(default)]
    metadata_: Option<Map<String, Value>>,
    #[serde(default)]
    flow_run_id: Option<Uuid>,
    #[serde(default)]
    task_run_id: Option<Uuid>,
}

pub(super) async fn create(
    State(store): State<Store>,
    body: Bytes,
) -> Result<(StatusCode, Json<Artifact>), ApiError> {
    let create: ArtifactCreate = parse(&body)?;
    if let Some(key) = &create.key {
        super::kept::check_name(&["key"], key, '-')?;
    }
    store
        .write(move |tx| {
            let now = now();
            let artifact = Artifact {
                id: Uuid::new_v4(),
                created: now,
                updated: now,
                key: create.key,
                kind: create.kind,
                description: create.description,
                data: create.data,
                metadata_: create.metadata_,
                flow_run_id: create.flow_run_id,
                task_run_id: create.task_run_id,
            };
            tx.put(&artifact)?;
            Ok((StatusCode::CREATED, Json(artifact)))
        })
        .await
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ArtifactUpdate {
    #[serde(default, deserialize_with = "sent")]
    data: Option<Value>,
    #[serde(default, deserialize_with = "sent")]
    description: Option<Option<String>>,
}

pub(super) async fn update(
    State(store): State<Store>,
    Path(path): Path<String>,
    body: Bytes,
) -> Result<StatusCode, ApiError> {
    let id = id(&path)?;
    let update: ArtifactUpdate = parse(&body)?;
    store
        .write(move |tx| {
            let found: Option<Artifact> = tx.find(id)?;
            let mut artifact = found.ok_or_else(|| ApiError::not_found("Artifact not found."))?;
            artifact.data = update.data.unwrap_or(artifact.data);
            artifact.description = update.description.unwrap_or(artifact.description);
            artifact.updated = now();
            tx.put(&artifact)?;
            Ok(StatusCode::NO_CONTENT)
        })
        .await
}

#[derive(Deserialize)]
struct ArtifactsFilter {
    #[serde(default)]
    artifacts: Option<ArtifactFilter>,
    #[serde(default)]
    sort: ArtifactSort,
    #[serde(default)]
    limit: Option<i64>,
    #[serde(default)]
    offset: Option<i64>,
}

#[derive(Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
enum ArtifactSort {
    #[default]
    IdDesc,
    KeyAsc,
}

pub(super) async fn filter(
    State(store): State<Store>,
    body: Bytes,
) -> Result<Json<Vec<Value>>, ApiError> {
    let request: ArtifactsFilter = parse(&body)?;
    let page = Page::new(request.limit, request.offset)?;
    let filter = request.artifacts.unwrap_or_default();
    store
        .read(move |tx| {
            let mut artifacts: Vec<Artifact> = tx.all()?;
            artifacts.retain(|artifact| filter.matches(artifact));
            match request.sort {
                ArtifactSort::IdDesc => {
                    artifacts.sort_by_key(|artifact| std::cmp::Reverse(artifact.created));
                }
                ArtifactSort::KeyAsc => artifacts.sort_by(|a, b| a.key.cmp(&b.key)),
            }
            let shown = artifacts.iter().map(|artifact| json!(artifact));
            Ok(Json(page.of(shown.collect())))
        })
        .await
}
