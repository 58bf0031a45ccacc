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
use crate::store::{Reading, Store, key};

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
                let time = log.timestamp.timestamp_micros().to_be_bytes();
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
        .read(move |tx| {
            let mut logs: Vec<Log> = Vec::new();
            let prefixes: Vec<Vec<u8>> = match filter.flow_runs() {
                Some(runs) => runs.iter().map(|run| key(&[run.as_bytes()])).collect(),
                None => vec![Vec::new()],
            };
            if filter.is_of_one_run() && request.sort == LogSort::TimestampAsc {
                // They lie in this order, so the others need not be read.
                let mut entries = Vec::new();
                for prefix in prefixes {
                    entries.extend(tx.entries(LOGS, &prefix)?);
                }
                let of_page = page.of(entries).into_iter();
                let shown = of_page.map(|(_, bytes)| serde_json::from_slice(&bytes));
                return Ok(Json(shown.collect::<Result<_, _>>()?));
            }
            for prefix in prefixes {
                for (_, bytes) in tx.entries(LOGS, &prefix)? {
                    logs.push(serde_json::from_slice(&bytes)?);
                }
            }
            logs.retain(|log| filter.matches(log));
            logs.sort_by_key(|log| log.timestamp);
            if request.sort == LogSort::TimestampDesc {
                logs.reverse();
            }
            Ok(Json(page.of(logs.iter().map(|log| json!(log)).collect())))
        })
        .await
}
