use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde_json::Value;
use uuid::Uuid;

use super::shown;
use crate::body::parse;
use crate::error::ApiError;
use crate::filter::{FlowRunFilter, Page, Unfinished};
use crate::model::{ACTIVE, DEPLOYMENT_RUNS, FlowRun, TaskRun, UNFINISHED_RUNS, WAITING};
use crate::store::{ReadTx, Reading, ReadingRecords, Row, Store};

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

#[derive(Clone, Copy, Default, PartialEq, Eq, Deserialize)]
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

pub(in crate::api) async fn filter(
    State(store): State<Store>,
    body: Bytes,
) -> Result<Json<Vec<Value>>, ApiError> {
    let request: FlowRunsFilter = parse(&body)?;
    let page = Page::new(request.limit, request.offset)?;
    let filter = request.flow_runs.unwrap_or_default();
    store
        .read(move |tx| {
            let runs = page_of(tx, &filter, request.sort, page)?;
            let shown = runs.iter().map(|run| shown(tx, run));
            Ok(Json(shown.collect::<Result<_, _>>()?))
        })
        .await
}

fn page_of(
    tx: &ReadTx,
    filter: &FlowRunFilter,
    sort: FlowRunSort,
    page: Page,
) -> Result<Vec<FlowRun>, ApiError> {
    let mut runs: Vec<FlowRun> = match (filter.ids(), filter.unfinished(), filter.deployments()) {
        (Some(ids), _, _) => tx.with_ids(Some(ids))?,
        (None, Some(which), _)
            if sort == FlowRunSort::NextScheduledStartTimeAsc && !which.active =>
        {
            return next_waiting(tx, filter, which, page);
        }
        (None, Some(which), _) => unfinished(tx, which)?,
        (None, None, Some(deployments)) => of_deployments(tx, deployments)?,
        (None, None, None) => tx.all()?,
    };
    runs.retain(|run| filter.matches(run));
    let mut meant = Vec::new();
    for run in runs {
        if is_child(tx, filter, &run)? {
            meant.push(run);
        }
    }
    sort.sort(&mut meant);
    Ok(page.of(meant))
}

/// The runs that wait lie in the order in which they are due, so that a page reads no later ones.
fn next_waiting(
    tx: &ReadTx,
    filter: &FlowRunFilter,
    which: Unfinished,
    page: Page,
) -> Result<Vec<FlowRun>, ApiError> {
    let start = FlowRun::waiting_from(which.from);
    let rows = tx.scan(UNFINISHED_RUNS, &(start..vec![ACTIVE]), false)?;
    let is_late = |key: &[u8]| is_after(key, which.until);
    let in_time = rows.take_while(|row| row.as_ref().map_or(true, |row| !is_late(row.key())));
    page.read(in_time.filter_map(|row| {
        let read = |row: Row| -> Result<Option<FlowRun>, ApiError> {
            let Ok(id) = Uuid::from_slice(row.value()) else {
                return Ok(None);
            };
            match tx.find::<FlowRun>(id)? {
                Some(run) if filter.matches(&run) && is_child(tx, filter, &run)? => Ok(Some(run)),
                _ => Ok(None),
            }
        };
        row.map_err(ApiError::from).and_then(read).transpose()
    }))
}

/// Whether the run of this key is due after this time.
fn is_after(key: &[u8], until: Option<DateTime<Utc>>) -> bool {
    let due = FlowRun::due_of_key(key);
    until.is_some_and(|until| due.is_some_and(|due| due > until))
}

/// Whether a run was called by a run that the filter names; its parent is only read if it names any.
fn is_child(tx: &impl Reading, filter: &FlowRunFilter, run: &FlowRun) -> Result<bool, ApiError> {
    Ok(!filter.has_parent() || filter.matches_parent(parent_of(tx, run)?))
}

/// The runs that have not ended, without a look at those that have.
pub(in crate::api) fn unfinished(
    tx: &impl Reading,
    which: Unfinished,
) -> Result<Vec<FlowRun>, ApiError> {
    let mut ids = Vec::new();
    if which.waiting {
        let waiting = tx.entries(UNFINISHED_RUNS, &[WAITING])?.into_iter();
        ids.extend(waiting.take_while(|(key, _)| !is_after(key, which.until)));
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

#[cfg(test)]
mod tests;
