use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde_json::{Map, Value};

use super::upsert::{check_options, replace};
use super::{by_id, delete_future_auto_runs, place};
use crate::api::schedules::{ScheduleUpdate, apply};
use crate::api::validation::{check_job_variables, check_parameters, check_size};
use crate::api::work_queues::pool_by_name;
use crate::body::{id, parse, sent};
use crate::error::ApiError;
use crate::model::{ConcurrencyOptions, Deployment, now};
use crate::store::{Store, WriteTx};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct DeploymentUpdate {
    #[serde(default, deserialize_with = "sent")]
    paused: Option<bool>,
    #[serde(default, deserialize_with = "sent")]
    schedules: Option<Vec<ScheduleUpdate>>,
    #[serde(default)]
    parameters: Option<Map<String, Value>>,
    #[serde(default)]
    parameter_openapi_schema: Option<Map<String, Value>>,
    #[serde(default)]
    enforce_parameter_schema: Option<bool>,
    #[serde(default, deserialize_with = "sent")]
    tags: Option<Vec<String>>,
    #[serde(default, deserialize_with = "sent")]
    description: Option<Option<String>>,
    #[serde(default, deserialize_with = "sent")]
    version: Option<Option<String>>,
    #[serde(default, deserialize_with = "sent")]
    path: Option<Option<String>>,
    #[serde(default, deserialize_with = "sent")]
    entrypoint: Option<Option<String>>,
    #[serde(default, deserialize_with = "sent")]
    pull_steps: Option<Option<Vec<Map<String, Value>>>>,
    #[serde(default, deserialize_with = "sent")]
    work_pool_name: Option<Option<String>>,
    #[serde(default)]
    work_queue_name: Option<String>,
    #[serde(default)]
    job_variables: Option<Map<String, Value>>,
    #[serde(default, deserialize_with = "sent")]
    concurrency_limit: Option<Option<u32>>,
    #[serde(default, deserialize_with = "sent")]
    concurrency_options: Option<Option<ConcurrencyOptions>>,
}

/// Changes what was sent, and deletes the future runs that the scheduler made.
pub(in crate::api) async fn update(
    State(store): State<Store>,
    Path(path): Path<String>,
    body: Bytes,
) -> Result<StatusCode, ApiError> {
    let id = id(&path)?;
    let update: DeploymentUpdate = parse(&body)?;
    check_size(update.parameters.as_ref().unwrap_or(&Map::new()))?;
    if update.concurrency_limit == Some(Some(0)) {
        return Err(ApiError::invalid(
            &["concurrency_limit"],
            "Input should be greater than 0",
        ));
    }
    check_options(update.concurrency_options.as_ref().and_then(Option::as_ref))?;
    store
        .write(move |tx| {
            let mut deployment = by_id(tx, id, "Deployment not found.")?;
            let now = now();
            take_place(tx, &mut deployment, &update)?;
            take(&mut deployment, update, now)?;
            delete_future_auto_runs(tx, id, now)?;
            tx.put(&deployment)?;
            Ok(StatusCode::NO_CONTENT)
        })
        .await
}

fn take_place(
    tx: &mut WriteTx,
    deployment: &mut Deployment,
    update: &DeploymentUpdate,
) -> Result<(), ApiError> {
    if update.work_pool_name == Some(None) {
        deployment.work_queue_id = None;
    }
    let pool = update.work_pool_name.as_ref().and_then(Option::as_deref);
    if let Some(name) = pool {
        let variables = update.job_variables.clone().unwrap_or_default();
        check_job_variables(&pool_by_name(tx, name)?, &variables)
            .map_err(|error| ApiError::conflict(format!("Error creating deployment: {error}")))?;
    }
    if let Some(queue) = place(tx, pool, update.work_queue_name.as_deref())? {
        deployment.work_queue_id = Some(queue.id);
        deployment.work_queue_name = Some(queue.name);
    }
    Ok(())
}

fn take(
    deployment: &mut Deployment,
    update: DeploymentUpdate,
    now: DateTime<Utc>,
) -> Result<(), ApiError> {
    deployment.updated = now;
    deployment.set_paused(update.paused.unwrap_or(deployment.paused), now);
    if let Some(tags) = update.tags {
        deployment.tags = tags;
    }
    if let Some(variables) = update.job_variables {
        deployment.job_variables = variables;
    }
    replace(&mut deployment.description, update.description);
    replace(&mut deployment.version, update.version);
    replace(&mut deployment.path, update.path);
    replace(&mut deployment.entrypoint, update.entrypoint);
    replace(&mut deployment.pull_steps, update.pull_steps);
    replace(
        &mut deployment.concurrency_options,
        update.concurrency_options,
    );
    if let Some(limit) = update.concurrency_limit {
        deployment.set_concurrency_limit(limit, now);
    }
    if let Some(schedules) = update.schedules {
        apply(deployment, schedules, now)?;
    }
    deployment.parameters = update
        .parameters
        .unwrap_or_else(|| std::mem::take(&mut deployment.parameters));
    if let Some(schema) = update.parameter_openapi_schema {
        deployment.parameter_openapi_schema = Some(Value::Object(schema));
    }
    deployment.enforce_parameter_schema = update
        .enforce_parameter_schema
        .unwrap_or(deployment.enforce_parameter_schema);
    check_against_schema(deployment)
}

fn check_against_schema(deployment: &Deployment) -> Result<(), ApiError> {
    if !deployment.enforce_parameter_schema {
        return Ok(());
    }
    let Some(Value::Object(schema)) = &deployment.parameter_openapi_schema else {
        return Err(ApiError::conflict(
            "Error updating deployment: Cannot update parameters because parameter schema enforcement is enabled and \
             the deployment does not have a valid parameter schema.",
        ));
    };
    check_parameters(&deployment.parameters, schema, false)
        .map_err(|error| ApiError::conflict(format!("Error updating deployment: {error}")))
}
