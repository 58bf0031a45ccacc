//! The table and the JSON of `list`.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use longshore_prefect::FlowRun;
use serde_json::{Value, json};

use super::table::Column::{Flexible, Whole};
use super::table::{Table, WIDTH};
use super::{json as report_json, times};
use crate::listing::{Listed, Status};

/// Stands for what is not there.
const NOTHING: &str = "-";

/// One line per deployment.
pub(crate) fn text(listed: &[Listed], now: DateTime<Utc>) -> String {
    let mut table = Table::new(vec![
        Whole("deployment"),
        Whole("status"),
        Whole("schedules"),
        Whole("next run"),
        Flexible("last run"),
        Flexible("pool"),
        Flexible("queue"),
    ]);
    for listed in listed {
        let stored = listed.stored.as_ref();
        let fields = listed.desired.as_ref().map(|desired| &desired.fields);
        let pool = stored.map_or_else(
            || fields.and_then(|fields| fields.work_pool_name.clone()),
            |stored| stored.work_pool_name.clone(),
        );
        let queue = stored.map_or_else(
            || fields.and_then(|fields| fields.work_queue_name.clone()),
            |stored| stored.work_queue_name.clone(),
        );
        let or_nothing = |text: Option<String>| text.unwrap_or_else(|| NOTHING.to_owned());
        let scheduling = listed
            .scheduling()
            .map(|scheduling| scheduling.text().to_owned());
        table.row(vec![
            listed.key.to_string(),
            listed.status.text().to_owned(),
            or_nothing(scheduling),
            or_nothing(next_cell(listed, now)),
            or_nothing(last_cell(listed, now)),
            or_nothing(pool),
            or_nothing(queue),
        ]);
    }
    table.render(WIDTH)
}

fn next_cell(listed: &Listed, now: DateTime<Utc>) -> Option<String> {
    let due = listed.next_run.as_ref()?.expected_start_time?;
    let late = if due < now { " (late)" } else { "" };
    Some(shown(listed, due, now) + late)
}

fn last_cell(listed: &Listed, now: DateTime<Utc>) -> Option<String> {
    let run = listed.last_run.as_ref()?;
    let time = run.start_time.or(run.expected_start_time)?;
    Some(format!(
        "{}, {}",
        state_name(run)?,
        shown(listed, time, now)
    ))
}

/// A time in the zone of the deployment's first schedule.
fn shown(listed: &Listed, at: DateTime<Utc>, now: DateTime<Utc>) -> String {
    let schedules = listed
        .desired
        .as_ref()
        .map(|desired| &desired.written_schedules);
    let first = schedules.and_then(|schedules| schedules.first().copied());
    times::moment(at, first, now)
}

fn state_name(run: &FlowRun) -> Option<String> {
    let state = run.state.as_ref()?;
    let kind = || format!("{:?}", state.kind);
    Some(state.name.clone().unwrap_or_else(kind))
}

/// How many deployments have which status.
pub(crate) fn count(listed: &[Listed]) -> String {
    let mut counts: BTreeMap<Status, usize> = BTreeMap::new();
    for listed in listed {
        *counts.entry(listed.status).or_default() += 1;
    }
    let parts: Vec<String> = counts
        .iter()
        .map(|(status, count)| format!("{count} {}", status.text()))
        .collect();
    if parts.is_empty() {
        return "no deployments".to_owned();
    }
    format!(
        "{}; nothing was built, so new code alone is no change here",
        parts.join(", ")
    )
}

/// A deployment with its server's state.
pub(crate) fn json(listed: &Listed) -> Value {
    let mut value = listed.desired.as_ref().map_or_else(
        || json!({ "flow": listed.key.flow, "deployment": listed.key.deployment }),
        report_json::declared_one,
    );
    value["status"] = json!(listed.status);
    value["server"] = json!(listed.stored.as_ref().map(|stored| json!({
        "id": stored.id,
        "paused": stored.paused,
        "scheduling": listed.scheduling(),
        "pool": stored.work_pool_name,
        "queue": stored.work_queue_name,
        "version": stored.version,
        "next_run": listed.next_run.as_ref().map(run),
        "last_run": listed.last_run.as_ref().map(run),
    })));
    value
}

fn run(run: &FlowRun) -> Value {
    json!({
        "id": run.id,
        "name": run.name,
        "state": state_name(run),
        "expected_start_time": run.expected_start_time,
        "start_time": run.start_time,
        "end_time": run.end_time,
    })
}
