mod child;
mod create;
mod resume;
mod set_state;
mod state;

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, RawQuery, State};
use axum::http::StatusCode;
use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::deployments::{delete_run, pool_of};
use crate::body::{id, parse, sent};
use crate::error::ApiError;
use crate::filter::{FlowRunFilter, Page, Unfinished};
use crate::model::{
    ACTIVE, DEPLOYMENT_RUNS, FlowRun, StateType, TaskRun, UNFINISHED_RUNS, WAITING, now,
};
use crate::store::{Reading, ReadingRecords, Store};

pub(super) use child::create_child;
pub(super) use create::create;
pub(crate) use create::{insert_scheduled, schedule_key};
pub(super) use resume::resume;
pub(super) use set_state::set_state;
pub(super) use state::StateCreate;

pub(super) async fn read(
    State(store): State<Store>,
    Path(path): Path<String>,
) -> Result<Json<Value>, ApiError> {
    let id = id(&path)?;
    store
        .read(move |tx| Ok(Json(shown(tx, &by_id(tx, id)?)?)))
        .await
}

fn by_id(tx: &impl Reading, id: Uuid) -> Result<FlowRun, ApiError> {
    tx.find(id)?
        .ok_or_else(|| ApiError::not_found("Flow run not found"))
}

/// The response of a run, with the name of its pool.
fn shown(tx: &impl Reading, run: &FlowRun) -> Result<Value, ApiError> {
    Ok(run.shown(
        pool_of(tx, run.work_queue_id)?
            .map(|pool| pool.name)
            .as_deref(),
    ))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FlowRunUpdate {
    #[serde(default)]
    name: Option<String>,
    #[serde(default, deserialize_with = "sent")]
    flow_version: Option<Option<String>>,
    #[serde(default, deserialize_with = "sent")]
    parameters: Option<Map<String, Value>>,
    #[serde(default, deserialize_with = "sent")]
    empirical_policy: Option<Map<String, Value>>,
    #[serde(default, deserialize_with = "sent")]
    tags: Option<Vec<String>>,
    #[serde(default, deserialize_with = "sent")]
    infrastructure_pid: Option<Option<String>>,
    #[serde(default)]
    job_variables: Option<Map<String, Value>>,
}

/// Changes what was sent; job variables only while the run is scheduled.
pub(super) async fn update(
    State(store): State<Store>,
    Path(path): Path<String>,
    body: Bytes,
) -> Result<StatusCode, ApiError> {
    let id = id(&path)?;
    let update: FlowRunUpdate = parse(&body)?;
    store
        .write(move |tx| {
            let mut run = by_id(tx, id)?;
            if let Some(variables) = update.job_variables {
                if run.state.kind != StateType::Scheduled {
                    let kind = run.state.kind.text();
                    return Err(ApiError::Detail(
                        StatusCode::BAD_REQUEST,
                        format!("Job variables for a flow run in state {kind} cannot be updated"),
                    ));
                }
                run.job_variables = variables;
            }
            run.name = update.name.unwrap_or(run.name);
            run.flow_version = update.flow_version.unwrap_or(run.flow_version);
            run.parameters = update.parameters.unwrap_or(run.parameters);
            run.empirical_policy = update.empirical_policy.unwrap_or(run.empirical_policy);
            run.tags = update.tags.unwrap_or(run.tags);
            run.infrastructure_pid = update.infrastructure_pid.unwrap_or(run.infrastructure_pid);
            run.updated = now();
            tx.put(&run)?;
            Ok(StatusCode::NO_CONTENT)
        })
        .await
}

pub(super) async fn delete(
    State(store): State<Store>,
    Path(path): Path<String>,
) -> Result<StatusCode, ApiError> {
    let id = id(&path)?;
    store
        .write(move |tx| {
            let run = by_id(tx, id)?;
            delete_run(tx, &run)?;
            Ok(StatusCode::NO_CONTENT)
        })
        .await
}

/// The states of one run, oldest first.
pub(super) async fn states(
    State(store): State<Store>,
    RawQuery(query): RawQuery,
) -> Result<Json<Value>, ApiError> {
    let named = query.as_deref().unwrap_or_default();
    let named = named.strip_prefix("flow_run_id=").unwrap_or_default();
    let flow_run_id: Uuid = named
        .parse()
        .map_err(|_| ApiError::invalid(&["query", "flow_run_id"], "Field required"))?;
    store
        .read(move |tx| Ok(Json(json!(state::history(tx, flow_run_id)?))))
        .await
}

#[derive(Deserialize)]
struct FlowRunsFilter {
    #[serde(default)]
    flow_runs: Option<FlowRunFilter>,
    #[serde(default)]
    sort: FlowRunSort,
    #[serde(default)]
    limit: Option<i64>,
    #[serde(default)]
    offset: Option<i64>,
}

#[derive(Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
enum FlowRunSort {
    #[default]
    IdDesc,
    StartTimeAsc,
    StartTimeDesc,
    ExpectedStartTimeAsc,
    ExpectedStartTimeDesc,
    NameAsc,
    NameDesc,
    NextScheduledStartTimeAsc,
    EndTimeDesc,
}

impl FlowRunSort {
    fn sort(self, runs: &mut [FlowRun]) {
        let start = |run: &FlowRun| run.start_time.or(run.expected_start_time);
        let descending = |time: Option<DateTime<Utc>>| std::cmp::Reverse(time);
        match self {
            // Prefect's ids grow with time.
            Self::IdDesc => runs.sort_by_key(|run| descending(Some(run.created))),
            Self::StartTimeAsc => runs.sort_by_key(start),
            Self::StartTimeDesc => runs.sort_by_key(|run| descending(start(run))),
            Self::ExpectedStartTimeAsc => runs.sort_by_key(|run| run.expected_start_time),
            Self::ExpectedStartTimeDesc => {
                runs.sort_by_key(|run| descending(run.expected_start_time));
            }
            Self::NameAsc => runs.sort_by(|left, right| left.name.cmp(&right.name)),
            Self::NameDesc => runs.sort_by(|left, right| right.name.cmp(&left.name)),
            Self::NextScheduledStartTimeAsc => {
                runs.sort_by_key(|run| run.next_scheduled_start_time);
            }
            Self::EndTimeDesc => runs.sort_by_key(|run| descending(run.end_time)),
        }
    }
}

pub(super) async fn filter(
    State(store): State<Store>,
    body: Bytes,
) -> Result<Json<Vec<Value>>, ApiError> {
    let request: FlowRunsFilter = parse(&body)?;
    let page = Page::new(request.limit, request.offset)?;
    let filter = request.flow_runs.unwrap_or_default();
    store
        .read(move |tx| {
            let mut runs: Vec<FlowRun> = match (filter.unfinished(), filter.deployments()) {
                (Some(which), _) => unfinished(tx, which)?,
                (None, Some(deployments)) => of_deployments(tx, deployments)?,
                (None, None) => tx.all()?,
            };
            runs.retain(|run| filter.matches(run));
            let mut meant = Vec::new();
            for run in runs {
                if filter.matches_parent(parent_of(tx, &run)?) {
                    meant.push(run);
                }
            }
            let mut runs = meant;
            request.sort.sort(&mut runs);
            let shown: Vec<Value> = runs
                .iter()
                .map(|run| shown(tx, run))
                .collect::<Result<_, _>>()?;
            Ok(Json(page.of(shown)))
        })
        .await
}

/// The runs that have not ended, without a look at those that have.
pub(super) fn unfinished(tx: &impl Reading, which: Unfinished) -> Result<Vec<FlowRun>, ApiError> {
    let mut ids = Vec::new();
    if which.waiting {
        let waiting = tx.entries(UNFINISHED_RUNS, &[WAITING])?.into_iter();
        let in_time = |key: &[u8]| {
            which
                .until
                .is_none_or(|until| FlowRun::due_of_key(key).is_none_or(|due| due <= until))
        };
        ids.extend(waiting.take_while(|(key, _)| in_time(key)));
    }
    if which.active {
        ids.extend(tx.entries(UNFINISHED_RUNS, &[ACTIVE])?);
    }
    let mut runs = Vec::new();
    for (_, id) in ids {
        if let Ok(id) = Uuid::from_slice(&id) {
            runs.extend(tx.find::<FlowRun>(id)?);
        }
    }
    Ok(runs)
}

/// The flow run that called this one.
fn parent_of(tx: &impl Reading, run: &FlowRun) -> Result<Option<Uuid>, ApiError> {
    let Some(task_run) = run.parent_task_run_id else {
        return Ok(None);
    };
    let task_run: Option<TaskRun> = tx.find(task_run)?;
    Ok(task_run.map(|task_run| task_run.flow_run_id))
}

fn of_deployments(tx: &impl Reading, deployments: &[Uuid]) -> Result<Vec<FlowRun>, ApiError> {
    let mut runs = Vec::new();
    for deployment in deployments {
        for id in tx.ids_under(DEPLOYMENT_RUNS, &[deployment.as_bytes()])? {
            runs.extend(tx.find::<FlowRun>(id)?);
        }
    }
    Ok(runs)
}
