//! The routes, under `/api` as in Prefect.

mod artifacts;
pub(crate) mod deployments;
mod events;
pub(crate) mod flow_runs;
mod flows;
#[cfg(test)]
mod fuzz;
mod kept;
mod logs;
mod schedules;
mod task_runs;
mod validation;
mod work_pools;
mod work_queues;

use axum::extract::{DefaultBodyLimit, Request};
use axum::http::header::LOCATION;
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{any, get, patch, post};
use axum::{Json, Router};
use serde_json::json;

use crate::error::ApiError;
use crate::store::Store;

/// The version of Prefect whose answers are given.
const VERSION: &str = "3.8.8";

/// The version of the API of that Prefect.
const API_VERSION: &str = "0.8.4";

/// Prefect sets no limit on bodies; this one keeps a mistake from filling the memory.
const LARGEST_BODY: usize = 64 * 1024 * 1024;

pub(crate) fn router(store: Store) -> Router {
    Router::new()
        .route("/api/health", get(async || Json(true)))
        .route("/api/ready", get(async || Json(json!({ "message": "OK" }))))
        .route("/api/version", get(async || Json(API_VERSION)))
        .route("/api/admin/version", get(async || Json(VERSION)))
        .route("/api/flows/", post(flows::create))
        .route("/api/flows/filter", post(flows::filter))
        .route("/api/flows/name/{name}", get(flows::read_by_name))
        .route("/api/flows/{id}", get(flows::read))
        .route("/api/deployments/", post(deployments::upsert))
        .route("/api/deployments/filter", post(deployments::filter))
        .route("/api/deployments/count", post(deployments::count))
        .route(
            "/api/deployments/name/{flow}/{deployment}",
            get(deployments::read_by_name),
        )
        .route(
            "/api/deployments/{id}",
            get(deployments::read)
                .patch(deployments::update)
                .delete(deployments::delete),
        )
        .route(
            "/api/deployments/{id}/pause_deployment",
            post(deployments::pause),
        )
        .route(
            "/api/deployments/{id}/resume_deployment",
            post(deployments::resume),
        )
        .route(
            "/api/deployments/{id}/create_flow_run",
            post(flow_runs::create),
        )
        .route(
            "/api/deployments/{id}/schedules",
            get(schedules::read).post(schedules::create),
        )
        .route(
            "/api/deployments/{id}/schedules/{schedule}",
            patch(schedules::update).delete(schedules::delete),
        )
        .route("/api/work_pools/", post(work_pools::create))
        .route("/api/work_pools/filter", post(work_pools::filter))
        .route(
            "/api/work_pools/{name}",
            get(work_pools::read)
                .patch(work_pools::update)
                .delete(work_pools::delete),
        )
        .route("/api/work_pools/{pool}/queues", post(work_queues::create))
        .route(
            "/api/work_pools/{pool}/queues/filter",
            post(work_queues::filter),
        )
        .route(
            "/api/work_pools/{pool}/queues/{name}",
            get(work_queues::read)
                .patch(work_queues::update)
                .delete(work_queues::delete),
        )
        .route("/api/flow_runs/", post(flow_runs::create_child))
        .route("/api/flow_runs/filter", post(flow_runs::filter))
        .route(
            "/api/flow_runs/{id}",
            get(flow_runs::read)
                .patch(flow_runs::update)
                .delete(flow_runs::delete),
        )
        .route("/api/flow_runs/{id}/set_state", post(flow_runs::set_state))
        .route("/api/flow_runs/{id}/resume", post(flow_runs::resume))
        .route("/api/flow_run_states/", get(flow_runs::states))
        .route("/api/task_runs/", post(task_runs::create))
        .route("/api/task_runs/filter", post(task_runs::filter))
        .route("/api/task_runs/{id}", get(task_runs::read))
        .route("/api/artifacts/", post(artifacts::create))
        .route("/api/artifacts/filter", post(artifacts::filter))
        .route("/api/artifacts/{id}", patch(artifacts::update))
        .route("/api/variables/", post(kept::create_variable))
        .route("/api/variables/name/{name}", get(kept::read_variable))
        .route("/api/block_types/slug/{slug}", get(kept::read_block_type))
        .route(
            "/api/block_types/slug/{slug}/block_documents/name/{name}",
            get(kept::read_block),
        )
        .route(
            "/api/block_schemas/filter",
            post(kept::filter_block_schemas),
        )
        .route("/api/block_documents/", post(kept::create_block))
        .route("/api/events", post(events::create))
        .route("/api/logs/", post(logs::create))
        .route("/api/logs/filter", post(logs::filter))
        .route("/api/flows", any(with_slash))
        .route("/api/deployments", any(with_slash))
        .route("/api/flow_runs", any(with_slash))
        .route("/api/task_runs", any(with_slash))
        .route("/api/artifacts", any(with_slash))
        .route("/api/variables", any(with_slash))
        .route("/api/block_documents", any(with_slash))
        .route("/api/work_pools", any(with_slash))
        .route("/api/logs", any(with_slash))
        .fallback(async || ApiError::not_found("Not Found"))
        .method_not_allowed_fallback(async || {
            ApiError::Detail(
                StatusCode::METHOD_NOT_ALLOWED,
                "Method Not Allowed".to_owned(),
            )
        })
        .layer(DefaultBodyLimit::max(LARGEST_BODY))
        .with_state(store)
}

/// Collections are at the path with the slash.
async fn with_slash(request: Request) -> Response {
    let location = format!("{}/", request.uri().path());
    match HeaderValue::from_str(&location) {
        Ok(location) => (StatusCode::TEMPORARY_REDIRECT, [(LOCATION, location)]).into_response(),
        Err(_) => ApiError::not_found("Not Found").into_response(),
    }
}
