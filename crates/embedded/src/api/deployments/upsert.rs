use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::StatusCode;
use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::{delete_future_auto_runs, place, shown};
use crate::api::schedules::ScheduleCreate;
use crate::api::validation::{check_job_variables, check_parameters, check_size};
use crate::api::work_queues::pool_by_name;
use crate::body::{parse, sent};
use crate::error::ApiError;
use crate::model::{ConcurrencyOptions, DEPLOYMENT_NAMES, Deployment, Flow, now};
use crate::names;
use crate::store::{ReadingRecords, Store, WriteTx};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct DeploymentCreate {
    name: String,
    flow_id: Uuid,
    #[serde(default, deserialize_with = "sent")]
    paused: Option<bool>,
    #[serde(default)]
    schedules: Vec<ScheduleCreate>,
    #[serde(default)]
    parameters: Map<String, Value>,
    #[serde(default, deserialize_with = "sent")]
    parameter_openapi_schema: Option<Option<Map<String, Value>>>,
    #[serde(default, deserialize_with = "sent")]
    enforce_parameter_schema: Option<bool>,
    #[serde(default, deserialize_with = "sent")]
    tags: Option<Vec<String>>,
    #[serde(default)]
    labels: Option<Map<String, Value>>,
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
    #[serde(default)]
    work_pool_name: Option<String>,
    #[serde(default)]
    work_queue_name: Option<String>,
    #[serde(default, deserialize_with = "sent")]
    job_variables: Option<Map<String, Value>>,
    #[serde(default, deserialize_with = "sent")]
    concurrency_limit: Option<Option<u32>>,
    #[serde(default, deserialize_with = "sent")]
    concurrency_options: Option<Option<ConcurrencyOptions>>,
}

/// Makes a deployment (201) or replaces the one of this flow and name (200).
///
/// What is left out keeps its value, except schedules, parameters and labels; schedules are always made anew.
pub(in crate::api) async fn upsert(
    State(store): State<Store>,
    body: Bytes,
) -> Result<(StatusCode, Json<Value>), ApiError> {
    let create: DeploymentCreate = parse(&body)?;
    check(&create)?;
    store
        .write(move |tx| {
            let now = now();
            if let Some(name) = &create.work_pool_name
                && name != super::AGENT_POOL
            {
                let pool = pool_by_name(tx, name)?;
                let variables = create.job_variables.clone().unwrap_or_default();
                check_job_variables(&pool, &variables).map_err(|error| {
                    ApiError::unprocessable(format!("Error creating deployment: {error}"))
                })?;
            }
            let flow: Flow = tx.find(create.flow_id)?.ok_or_else(ApiError::integrity)?;
            let key: [&[u8]; 2] = [flow.id.as_bytes(), create.name.as_bytes()];
            let stored: Option<Deployment> = tx.find_by(DEPLOYMENT_NAMES, &key)?;
            let created = stored.is_none();
            let mut deployment = stored.unwrap_or_else(|| empty(&create, now));
            tx.index(DEPLOYMENT_NAMES, &key, deployment.id)?;
            take(tx, &mut deployment, create, &flow, now)?;
            delete_future_auto_runs(tx, deployment.id, now)?;
            tx.put(&deployment)?;
            let status = if created {
                StatusCode::CREATED
            } else {
                StatusCode::OK
            };
            Ok((status, Json(shown(tx, &deployment)?)))
        })
        .await
}

fn check(create: &DeploymentCreate) -> Result<(), ApiError> {
    names::check(&create.name)?;
    check_size(&create.parameters)?;
    if create.enforce_parameter_schema == Some(true)
        && let Some(Some(schema)) = &create.parameter_openapi_schema
    {
        check_parameters(&create.parameters, schema, false)
            .map_err(|error| ApiError::invalid(&[], format!("Value error, {error}")))?;
    }
    if create.concurrency_limit == Some(Some(0)) {
        return Err(ApiError::invalid(
            &["concurrency_limit"],
            "Input should be greater than 0",
        ));
    }
    check_options(create.concurrency_options.as_ref().and_then(Option::as_ref))
}

/// Refuses a grace period outside of what 3.8.8 takes.
pub(super) fn check_options(options: Option<&ConcurrencyOptions>) -> Result<(), ApiError> {
    match options.and_then(|options| options.grace_period_seconds) {
        Some(seconds) if !(60..=86_400).contains(&seconds) => Err(ApiError::invalid(
            &["concurrency_options", "grace_period_seconds"],
            "Input should be greater than or equal to 60 and less than or equal to 86400",
        )),
        _ => Ok(()),
    }
}

/// A deployment with the defaults of 3.8.8.
fn empty(create: &DeploymentCreate, now: DateTime<Utc>) -> Deployment {
    Deployment {
        id: Uuid::new_v4(),
        created: now,
        updated: now,
        name: create.name.clone(),
        flow_id: create.flow_id,
        paused: false,
        schedules: Vec::new(),
        parameters: Map::new(),
        parameter_openapi_schema: Some(json!({})),
        enforce_parameter_schema: true,
        tags: Vec::new(),
        labels: Map::new(),
        description: None,
        version: None,
        path: None,
        entrypoint: None,
        pull_steps: Some(Vec::new()),
        work_queue_id: None,
        work_queue_name: None,
        job_variables: Map::new(),
        concurrency_limit: None,
        concurrency_options: None,
        resumed: None,
    }
}

fn take(
    tx: &mut WriteTx,
    deployment: &mut Deployment,
    create: DeploymentCreate,
    flow: &Flow,
    now: DateTime<Utc>,
) -> Result<(), ApiError> {
    if let Some(queue) = place(
        tx,
        create.work_pool_name.as_deref(),
        create.work_queue_name.as_deref(),
    )? {
        deployment.work_queue_id = Some(queue.id);
        deployment.work_queue_name = Some(queue.name);
    }
    deployment.updated = now;
    deployment.set_paused(create.paused.unwrap_or(deployment.paused), now);
    deployment.parameters = create.parameters;
    if let Some(schema) = create.parameter_openapi_schema {
        deployment.parameter_openapi_schema = schema.map(Value::Object);
    }
    deployment.enforce_parameter_schema = create
        .enforce_parameter_schema
        .unwrap_or(deployment.enforce_parameter_schema);
    if let Some(tags) = create.tags {
        deployment.tags = tags;
    }
    deployment.labels = flow.labels.clone();
    deployment
        .labels
        .insert("prefect.flow.id".to_owned(), json!(flow.id));
    deployment.labels.extend(create.labels.unwrap_or_default());
    replace(&mut deployment.description, create.description);
    replace(&mut deployment.version, create.version);
    replace(&mut deployment.path, create.path);
    replace(&mut deployment.entrypoint, create.entrypoint);
    replace(&mut deployment.pull_steps, create.pull_steps);
    if let Some(variables) = create.job_variables {
        deployment.job_variables = variables;
    }
    if let Some(limit) = create.concurrency_limit {
        deployment.set_concurrency_limit(limit, now);
    }
    replace(
        &mut deployment.concurrency_options,
        create.concurrency_options,
    );
    deployment.schedules.clear();
    for schedule in create.schedules {
        schedule.add_to(deployment, now)?;
    }
    Ok(())
}

/// Takes a value that was sent, `null` included.
pub(super) fn replace<T>(stored: &mut Option<T>, sent: Option<Option<T>>) {
    if let Some(sent) = sent {
        *stored = sent;
    }
}
