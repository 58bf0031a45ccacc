use std::cmp::Reverse;
use std::collections::BTreeSet;

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::StatusCode;
use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::body::parse;
use crate::error::ApiError;
use crate::filter::{LogFilter, Page};
use crate::model::{LOGS, Log, now};
use crate::store::{ReadTx, Reading as _, Row, Store, after_prefix, key};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct LogCreate {
    name: String,
    level: i64,
    message: String,
    timestamp: DateTime<Utc>,
    #[serde(default)]
    flow_run_id: Option<Uuid>,
    #[serde(default)]
    task_run_id: Option<Uuid>,
}

pub(super) async fn create(
    State(store): State<Store>,
    body: Bytes,
) -> Result<(StatusCode, Json<Value>), ApiError> {
    let logs: Vec<LogCreate> = parse(&body)?;
    store
        .write(move |tx| {
            let now = now();
            for (order, log) in logs.into_iter().enumerate() {
                let log = Log {
                    id: Uuid::new_v4(),
                    created: now,
                    updated: now,
                    name: log.name,
                    level: log.level,
                    message: log.message,
                    timestamp: log.timestamp,
                    flow_run_id: log.flow_run_id,
                    task_run_id: log.task_run_id,
                };
                let run = log.flow_run_id.unwrap_or_default();
                // Records of one time stay in the order in which they were sent.
                let time = time_key(log.timestamp);
                let received = now.timestamp_micros().to_be_bytes();
                let order = (order as u64).to_be_bytes();
                let key = key(&[run.as_bytes(), &time, &received, &order, log.id.as_bytes()]);
                tx.insert(LOGS, &key, &serde_json::to_vec(&log)?)?;
            }
            Ok((StatusCode::CREATED, Json(Value::Null)))
        })
        .await
}

#[derive(Deserialize)]
struct LogsFilter {
    #[serde(default)]
    logs: Option<LogFilter>,
    #[serde(default)]
    sort: LogSort,
    #[serde(default)]
    limit: Option<i64>,
    #[serde(default)]
    offset: Option<i64>,
}

#[derive(Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
enum LogSort {
    #[default]
    TimestampAsc,
    TimestampDesc,
}

pub(super) async fn filter(
    State(store): State<Store>,
    body: Bytes,
) -> Result<Json<Vec<Value>>, ApiError> {
    let request: LogsFilter = parse(&body)?;
    let page = Page::new(request.limit, request.offset)?;
    let filter = request.logs.unwrap_or_default();
    store
        .read(move |tx| Ok(Json(page_of(tx, &filter, request.sort, page)?)))
        .await
}

/// The records of a run lie in the order of their times, so that a page of one run reads no others.
fn page_of(
    tx: &ReadTx,
    filter: &LogFilter,
    sort: LogSort,
    page: Page,
) -> Result<Vec<Value>, ApiError> {
    let runs: BTreeSet<Uuid> = match filter.flow_runs() {
        Some(runs) => runs.iter().copied().collect(),
        None => return page_of_all(tx, filter, sort, page),
    };
    if let (Some(run), 1) = (runs.first(), runs.len()) {
        let rows = page.read(rows_of(tx, *run, filter, sort)?)?;
        let shown = rows.iter().map(|row| serde_json::from_slice(row.value()));
        return Ok(shown.collect::<Result<_, _>>()?);
    }
    let mut logs: Vec<Log> = Vec::new();
    for run in runs {
        for row in rows_of(tx, run, filter, sort)?.take(page.end()) {
            logs.push(serde_json::from_slice(row?.value())?);
        }
    }
    Ok(sorted(logs, sort, page))
}

/// Records without a run, or of any run, lie in no order.
fn page_of_all(
    tx: &ReadTx,
    filter: &LogFilter,
    sort: LogSort,
    page: Page,
) -> Result<Vec<Value>, ApiError> {
    let mut logs: Vec<Log> = Vec::new();
    for (_, bytes) in tx.entries(LOGS, &[])? {
        logs.push(serde_json::from_slice(&bytes)?);
    }
    logs.retain(|log| filter.matches(log));
    Ok(sorted(logs, sort, page))
}

fn sorted(mut logs: Vec<Log>, sort: LogSort, page: Page) -> Vec<Value> {
    match sort {
        LogSort::TimestampAsc => logs.sort_by_key(|log| log.timestamp),
        LogSort::TimestampDesc => logs.sort_by_key(|log| Reverse(log.timestamp)),
    }
    page.of(logs.iter().map(|log| json!(log)).collect())
}

/// The rows of one run that match; only a filter of levels has to read what they contain.
fn rows_of<'a>(
    tx: &ReadTx,
    run: Uuid,
    filter: &'a LogFilter,
    sort: LogSort,
) -> Result<impl Iterator<Item = Result<Row, ApiError>> + use<'a>, ApiError> {
    let start = match filter.after() {
        Some(time) => key(&[run.as_bytes(), &time_key(time)]),
        None => key(&[run.as_bytes()]),
    };
    let end = match filter.before() {
        Some(time) => key(&[run.as_bytes(), &time_key(time)]),
        None => key(&[run.as_bytes()]),
    };
    let keys = start..after_prefix(&end);
    let rows = tx.scan(LOGS, &keys, sort == LogSort::TimestampDesc)?;
    let matches = |row: &Row| -> Result<bool, ApiError> {
        if !filter.has_level() {
            return Ok(true);
        }
        let log: Log = serde_json::from_slice(row.value())?;
        Ok(filter.matches(&log))
    };
    Ok(rows.filter_map(move |row| {
        let row = row.map_err(ApiError::from);
        match row.and_then(|row| Ok((matches(&row)?, row))) {
            Ok((true, row)) => Some(Ok(row)),
            Ok((false, _)) => None,
            Err(error) => Some(Err(error)),
        }
    }))
}

/// The part of a key by which the records of a run are in the order of their times.
fn time_key(time: DateTime<Utc>) -> [u8; 8] {
    time.timestamp_micros().to_be_bytes()
}

#[cfg(test)]
mod tests;
