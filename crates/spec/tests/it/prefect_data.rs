//! What Prefect 3.8.8 and 2.20.26 do with schedules, as measured.

use chrono::{DateTime, NaiveDateTime, Utc};
use longshore_spec::{CronError, Schedule, fires};
use serde_json::Value;

pub(crate) fn cron() -> Value {
    serde_json::from_str(include_str!("../data/cron.json")).expect("cron.json is JSON")
}

pub(crate) fn rrule_interval() -> Value {
    serde_json::from_str(include_str!("../data/rrule_interval.json"))
        .expect("rrule_interval.json is JSON")
}

/// A start as the data writes it, in UTC.
pub(crate) fn start(text: &str) -> DateTime<Utc> {
    text.parse::<NaiveDateTime>().expect("start").and_utc()
}

/// The dates of one version under a start.
pub(crate) fn dates(fires: &Value, version: &str) -> Vec<String> {
    let listed = fires[version].as_array().expect("dates");
    listed
        .iter()
        .map(|date| date.as_str().expect("date").to_owned())
        .collect()
}

/// Our dates, written as the data writes them.
pub(crate) fn our_dates(schedule: &Schedule, after: DateTime<Utc>, count: usize) -> Vec<String> {
    let fires = fires::upcoming(schedule, after, count).expect("fires");
    fires
        .iter()
        .map(|fire| fire.at.format("%Y-%m-%dT%H:%M:%SZ").to_string())
        .collect()
}

/// Whether an expression is refused although Prefect may take it.
pub(crate) fn is_trap(error: &CronError) -> bool {
    match error {
        CronError::RangeOfOne { .. }
        | CronError::Random { .. }
        | CronError::MixedNth { .. }
        | CronError::NeverFires { .. }
        | CronError::NeverTogether { .. } => true,
        CronError::FieldCount { count, .. } => *count > 5,
        // A range that ends in 0 runs past the field's end, `20-0` is read as `20-31`.
        CronError::OutOfRange { value, .. } => value == "0",
        _ => false,
    }
}
