use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::shown;
use super::state::{StateCreate, store};
use crate::api::deployments::{by_id, pool_of};
use crate::api::validation::{check_job_variables, check_parameters, check_size};
use crate::api::work_queues::ensure;
use crate::body::{id, parse};
use crate::error::ApiError;
use crate::model::{
    DEPLOYMENT_RUNS, Deployment, FlowRun, RUN_KEYS, RunState, Schedule, StateType, now,
};
use crate::scheduling::Fire;
use crate::store::{ReadingRecords, Store, WriteTx};

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct FlowRunCreate {
    #[serde(default)]
    state: Option<StateCreate>,
    #[serde(default)]
    name: Option<String>,
    #[serde(default)]
    parameters: Map<String, Value>,
    #[serde(default)]
    enforce_parameter_schema: Option<bool>,
    #[serde(default)]
    context: Map<String, Value>,
    #[serde(default)]
    empirical_policy: Map<String, Value>,
    #[serde(default)]
    tags: Vec<String>,
    #[serde(default)]
    idempotency_key: Option<String>,
    #[serde(default)]
    labels: Option<Map<String, Value>>,
    #[serde(default)]
    work_queue_name: Option<String>,
    #[serde(default)]
    job_variables: Option<Map<String, Value>>,
}

/// Makes a run of a deployment (201), or returns the one that an earlier call with the same key made (200).
pub(in crate::api) async fn create(
    State(store): State<Store>,
    Path(path): Path<String>,
    body: Bytes,
) -> Result<(StatusCode, Json<Value>), ApiError> {
    let id = id(&path)?;
    if body.is_empty() {
        return Err(ApiError::invalid(&[], "Field required"));
    }
    let create: FlowRunCreate = parse(&body)?;
    check_size(&create.parameters)?;
    store
        .write(move |tx| {
            let deployment = by_id(tx, id, "Deployment not found")?;
            let mut parameters = deployment.parameters.clone();
            parameters.extend(create.parameters.clone());
            check(tx, &deployment, &create, &parameters)?;
            if let Some(key) = &create.idempotency_key
                && let Some(run) = tx.find_by::<FlowRun>(
                    RUN_KEYS,
                    &[deployment.flow_id.as_bytes(), key.as_bytes()],
                )?
            {
                return Ok((StatusCode::OK, Json(shown(tx, &run)?)));
            }
            let run = insert(tx, &deployment, create, parameters)?;
            Ok((StatusCode::CREATED, Json(shown(tx, &run)?)))
        })
        .await
}

fn check(
    tx: &WriteTx,
    deployment: &Deployment,
    create: &FlowRunCreate,
    parameters: &Map<String, Value>,
) -> Result<(), ApiError> {
    if create
        .enforce_parameter_schema
        .unwrap_or(deployment.enforce_parameter_schema)
    {
        let Some(Value::Object(schema)) = &deployment.parameter_openapi_schema else {
            return Err(ApiError::conflict(
                "Error updating deployment: Cannot update parameters because parameter schema enforcement is enabled \
                 and the deployment does not have a valid parameter schema.",
            ));
        };
        check_parameters(parameters, schema, true)
            .map_err(|error| ApiError::conflict(format!("Error creating flow run: {error}")))?;
    }
    if let (Some(pool), Some(variables)) = (
        pool_of(tx, deployment.work_queue_id)?,
        &create.job_variables,
    ) {
        let mut all = deployment.job_variables.clone();
        all.extend(variables.clone());
        check_job_variables(&pool, &all).map_err(|error| {
            ApiError::unprocessable(format!("Error creating flow run: {error}"))
        })?;
    }
    Ok(())
}

fn insert(
    tx: &mut WriteTx,
    deployment: &Deployment,
    create: FlowRunCreate,
    parameters: Map<String, Value>,
) -> Result<FlowRun, ApiError> {
    let (id, now) = (Uuid::new_v4(), now());
    let (queue_id, queue_name) = queue(tx, deployment, create.work_queue_name.as_deref())?;
    let mut tags = deployment.tags.clone();
    tags.extend(
        create
            .tags
            .into_iter()
            .filter(|tag| !deployment.tags.contains(tag)),
    );
    let mut labels = deployment.labels.clone();
    labels.insert("prefect.deployment.id".to_owned(), json!(deployment.id));
    labels.extend(create.labels.unwrap_or_default());
    let bare = bare(id, deployment.flow_id, create.name, now);
    let mut run = FlowRun {
        deployment_id: Some(deployment.id),
        deployment_version: deployment.version.clone(),
        work_queue_id: queue_id,
        work_queue_name: queue_name,
        parameters,
        idempotency_key: create.idempotency_key,
        context: create.context,
        empirical_policy: create.empirical_policy,
        tags,
        labels,
        job_variables: create.job_variables.unwrap_or_default(),
        ..bare
    };
    if let Some(key) = &run.idempotency_key {
        tx.index(RUN_KEYS, &[run.flow_id.as_bytes(), key.as_bytes()], id)?;
    }
    tx.index(
        DEPLOYMENT_RUNS,
        &[deployment.id.as_bytes(), id.as_bytes()],
        id,
    )?;
    let first = create.state.unwrap_or_else(StateCreate::scheduled);
    store(tx, &mut run, first.into_state(id, now))?;
    Ok(run)
}

/// Makes the run of a schedule's fire time, unless there is one.
pub(crate) fn insert_scheduled(
    tx: &mut WriteTx,
    deployment: &Deployment,
    schedule: &Schedule,
    at: DateTime<Utc>,
) -> Result<bool, ApiError> {
    let key = schedule_key(deployment.id, schedule.id, at);
    let flow = deployment.flow_id;
    if tx
        .id_of(RUN_KEYS, &[flow.as_bytes(), key.as_bytes()])?
        .is_some()
    {
        return Ok(false);
    }
    let mut parameters = deployment.parameters.clone();
    parameters.extend(schedule.parameters.clone());
    let create = FlowRunCreate {
        state: Some(StateCreate::fired(at)),
        tags: vec!["auto-scheduled".to_owned()],
        idempotency_key: Some(key),
        ..FlowRunCreate::default()
    };
    let mut run = insert(tx, deployment, create, parameters)?;
    run.auto_scheduled = true;
    tx.put(&run)?;
    Ok(true)
}

/// The key of the run that a fire time makes.
pub(crate) fn schedule_key(deployment: Uuid, schedule: Uuid, at: DateTime<Utc>) -> String {
    format!("scheduled {deployment} {schedule} {}", at.to_rfc3339())
}

/// Returns the fire time of a key of [`schedule_key`], with its deployment and schedule.
pub(crate) fn fire_of_key(key: &str) -> Option<Fire> {
    let mut parts = key.strip_prefix("scheduled ")?.split(' ');
    Some(Fire {
        deployment: parts.next()?.parse().ok()?,
        schedule: parts.next()?.parse().ok()?,
        at: DateTime::parse_from_rfc3339(parts.next()?).ok()?.to_utc(),
    })
}

/// A run of a flow that nothing is known of, before its first state.
pub(super) fn bare(id: Uuid, flow_id: Uuid, name: Option<String>, now: DateTime<Utc>) -> FlowRun {
    FlowRun {
        id,
        created: now,
        updated: now,
        // Prefect joins an adjective and an animal; a part of the id is as good a name and never the same twice.
        name: name.unwrap_or_else(|| format!("run-{}", &id.simple().to_string()[..8])),
        flow_id,
        deployment_id: None,
        parent_task_run_id: None,
        deployment_version: None,
        work_queue_id: None,
        work_queue_name: None,
        flow_version: None,
        parameters: Map::new(),
        idempotency_key: None,
        context: Map::new(),
        empirical_policy: Map::new(),
        tags: Vec::new(),
        labels: Map::new(),
        run_count: 0,
        expected_start_time: None,
        next_scheduled_start_time: None,
        start_time: None,
        end_time: None,
        auto_scheduled: false,
        infrastructure_pid: None,
        job_variables: Map::new(),
        state: nowhere(now),
    }
}

/// Where a run stands before its first state.
fn nowhere(now: DateTime<Utc>) -> RunState {
    RunState {
        id: Uuid::nil(),
        kind: StateType::Scheduled,
        name: String::new(),
        timestamp: now,
        message: None,
        data: None,
        state_details: Map::new(),
    }
}

/// The deployment's queue, or another one of its pool.
fn queue(
    tx: &mut WriteTx,
    deployment: &Deployment,
    name: Option<&str>,
) -> Result<(Option<Uuid>, Option<String>), ApiError> {
    let Some(name) = name else {
        return Ok((deployment.work_queue_id, deployment.work_queue_name.clone()));
    };
    let Some(pool) = pool_of(tx, deployment.work_queue_id)? else {
        return Err(ApiError::Detail(
            StatusCode::BAD_REQUEST,
            format!(
                "Cannot create flow run in work queue {name} because deployment {} is not associated with a work pool.",
                deployment.id
            ),
        ));
    };
    let queue = ensure(tx, &pool, name)?;
    Ok((Some(queue.id), Some(queue.name)))
}
