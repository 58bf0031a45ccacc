//! What `check` says of schedules.

use chrono::{DateTime, Utc};
use longshore::record::{EnvironmentVariable, ScheduleRecord};

use super::sample::{cron, deployment, desired, flow, interval, rrule};
use crate::check::{check, schedules_over, text};

fn checked(schedules: Vec<ScheduleRecord>, now: &str) -> String {
    let mut record = deployment(flow("daily", "finance-daily", 1), "eu");
    record.schedules = Box::leak(schedules.into_boxed_slice());
    let now: DateTime<Utc> = now.parse().unwrap();
    text(&[check(&desired(record), now)])
}

#[test]
fn the_next_runs_are_shown_in_the_zone_of_the_schedule() {
    let text = checked(
        vec![cron("main", "0 6 * * MON-FRI")],
        "2026-10-22T12:00:00Z",
    );
    let expected = "daily/eu  (projects/finance/daily/src/lib.rs:7:1)\n";
    assert!(text.starts_with(expected), "{text}");
    assert!(
        text.contains("    Fri 2026-10-23 06:00 CEST\n    Mon 2026-10-26 06:00 CET\n"),
        "{text}"
    );
    assert!(
        text.ends_with("1 deployments checked, 0 warnings\n"),
        "{text}"
    );
}

#[test]
fn a_time_that_the_clocks_jump_over_is_a_warning() {
    let text = checked(vec![cron("main", "30 2 * * *")], "2026-03-01T12:00:00Z");
    assert!(text.contains("warning: "), "{text}");
    assert!(text.contains("2026-03-29"), "{text}");
}

#[test]
fn two_equal_schedules_are_a_warning() {
    let schedules = vec![cron("main", "0 6 * * *"), cron("again", "0 6 * * *")];
    let text = checked(schedules, "2026-01-01T12:00:00Z");
    assert!(
        text.contains("schedules `main` and `again` are equal"),
        "{text}"
    );
    assert!(!text.contains("within a minute"), "{text}");
}

#[test]
fn schedules_that_run_within_a_minute_are_a_warning() {
    let schedules = vec![cron("main", "0 6 * * *"), cron("hourly", "0 * * * *")];
    let text = checked(schedules, "2026-01-01T12:00:00Z");
    assert!(
        text.contains("schedules `hourly` and `main` run within a minute of each other: Fri 2026-01-02 06:00 CET"),
        "{text}"
    );
    let apart = vec![cron("main", "30 6 * * *"), cron("hourly", "0 * * * *")];
    assert!(!checked(apart, "2026-01-01T12:00:00Z").contains("within a minute"));
}

#[test]
fn an_interval_below_a_minute_is_a_warning() {
    let text = checked(vec![interval("main", "20s")], "2026-01-01T12:00:00Z");
    assert!(text.contains("warning: a run every 20s"), "{text}");
}

/// The compiler reads no clock, so that a rule which is over gets through it.
#[test]
fn a_schedule_that_never_fires_again_is_an_error() {
    let over = |active: Option<bool>, now: &str| {
        let mut ends = rrule("main", "FREQ=DAILY;UNTIL=20260201T000000");
        ends.active = active;
        let mut record = deployment(flow("daily", "finance-daily", 1), "eu");
        record.schedules = Box::leak(Box::new([ends, cron("goes-on", "0 6 * * *")]));
        let over = schedules_over(&[desired(record)], now.parse().unwrap());
        let texts = over.iter().map(ToString::to_string);
        texts.collect::<Vec<_>>().join("\n")
    };
    assert_eq!(over(None, "2026-01-15T12:00:00Z"), "");
    let text = over(None, "2026-02-15T12:00:00Z");
    assert!(
        text.starts_with(
            "deployment `daily/eu` at projects/finance/daily/src/lib.rs:7:1: the schedule `main` ("
        ) && text.ends_with(") never fires again"),
        "{text}"
    );
    assert_eq!(over(Some(false), "2026-02-15T12:00:00Z"), "");
}

#[test]
fn a_plain_variable_that_looks_like_a_secret_is_a_warning() {
    let variable = |name: &str, value: &'static str| EnvironmentVariable {
        name: name.parse().unwrap(),
        value,
    };
    let mut record = deployment(flow("daily", "finance-daily", 1), "eu");
    record.environment = Vec::leak(vec![
        variable("DB_PASSWORD", "hunter2"),
        variable("STORE", "https://user:hunter3@host/"),
        variable("LEVEL", "info"),
    ]);
    let text = text(&[check(&desired(record), Utc::now())]);
    for name in ["DB_PASSWORD", "STORE"] {
        let expected = format!("`{name}` in `env(...)` looks like a secret");
        assert!(text.contains(&expected), "{text}");
    }
    assert!(
        !text.contains("LEVEL") && !text.contains("hunter"),
        "{text}"
    );
}
