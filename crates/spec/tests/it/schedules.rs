use crate::prefect_data::start;
use longshore_spec::fires::{self, WarningKind};
use longshore_spec::{CronExpression, Explain, Schedule, SecretReference, SecretSource};

fn cron(expression: &str, zone: &str, day_or: bool) -> Schedule {
    Schedule::Cron {
        expression: expression.parse().expect("cron"),
        timezone: Some(zone.parse().expect("zone")),
        day_or,
    }
}

fn interval(every: &str, anchor: Option<&str>, zone: &str) -> Schedule {
    Schedule::Interval {
        every: every.parse().expect("interval"),
        anchor: anchor.map(|anchor| anchor.parse().expect("anchor")),
        timezone: Some(zone.parse().expect("zone")),
    }
}

fn rrule(rule: &str, start: Option<&str>, zone: &str) -> Schedule {
    Schedule::Rrule {
        rule: rule.parse().expect("rule"),
        start: start.map(|start| start.parse().expect("start")),
        timezone: Some(zone.parse().expect("zone")),
    }
}

#[test]
fn crons_in_words() {
    for (expression, words) in CRONS {
        assert_eq!(
            cron(expression, "UTC", true).in_words(),
            format!("{words} (UTC)"),
            "{expression}"
        );
    }
    let without_zone = Schedule::Cron {
        expression: "@daily".parse().expect("cron"),
        timezone: None,
        day_or: true,
    };
    assert_eq!(without_zone.in_words(), "at 00:00 every day");
    assert_eq!(
        cron("0 9 1 * MON", "Europe/Oslo", false).in_words(),
        "at 09:00, on day 1 of the month if it is Monday (Europe/Oslo)"
    );
}

const CRONS: [(&str, &str); 24] = [
    ("0 6 * * MON-FRI", "at 06:00, Monday to Friday"),
    ("0 6 * * *", "at 06:00 every day"),
    ("30 6,18 * * *", "at 06:30 and 18:30 every day"),
    ("* * * * *", "every minute"),
    ("*/15 * * * *", "every 15 minutes"),
    ("*/7 * * * *", "cron `*/7 * * * *`"),
    ("0 * * * *", "every hour"),
    ("15 * * * *", "every hour at minute 15"),
    ("0 */6 * * *", "every 6 hours"),
    ("30 */6 * * *", "every 6 hours at minute 30"),
    (
        "*/10 8-17 * * MON-FRI",
        "every 10 minutes from 08:00 to 17:59, Monday to Friday",
    ),
    ("0 8-17 * * *", "every hour from 08:00 to 17:00"),
    ("0 0 1 * *", "at 00:00, on day 1 of the month"),
    ("0 0 1,15 * *", "at 00:00, on day 1 and 15 of the month"),
    ("0 0 L * *", "at 00:00, on the last day of the month"),
    (
        "0 12 * * MON#1",
        "at 12:00, on the first Monday of the month",
    ),
    ("0 12 * * L5", "at 12:00, on the last Friday of the month"),
    ("0 0 * * SAT,SUN", "at 00:00, Saturday and Sunday"),
    ("0 0 1 1 *", "at 00:00, on day 1 of the month in January"),
    ("0 6 * 6-8 *", "at 06:00 every day in June to August"),
    ("0 0 1 * MON", "at 00:00, on day 1 of the month or Monday"),
    ("0,7 3 * * *", "cron `0,7 3 * * *`"),
    ("@weekly", "at 00:00, Sunday"),
    ("0 6 */2 * *", "cron `0 6 */2 * *`"),
];

#[test]
fn intervals_and_rules_in_words() {
    for (schedule, words) in [
        (interval("15m", None, "UTC"), "every 15 minutes"),
        (interval("1h", None, "UTC"), "every hour"),
        (interval("1h30m", None, "UTC"), "every 90 minutes"),
        (interval("7d", None, "UTC"), "every week"),
        (interval("2d", None, "UTC"), "every 2 days"),
        (
            rrule("FREQ=DAILY", Some("2026-01-01T06:00:00"), "UTC"),
            "every day at 06:00",
        ),
        (
            rrule(
                "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,WE",
                Some("2026-01-01T06:30:00"),
                "UTC",
            ),
            "every 2 weeks on Monday and Wednesday at 06:30",
        ),
        (
            rrule(
                "FREQ=MONTHLY;BYDAY=-1FR;BYHOUR=6,18;BYMINUTE=30",
                None,
                "UTC",
            ),
            "every month on the last Friday at 06:30 and 18:30",
        ),
        (
            rrule("FREQ=MONTHLY", Some("2026-01-31T06:00:00"), "UTC"),
            "every month on day 31 at 06:00",
        ),
        (
            rrule("FREQ=YEARLY;BYMONTH=3;BYDAY=2SU", None, "UTC"),
            "every year on the second Sunday in March at 00:00",
        ),
        (
            rrule("FREQ=HOURLY;INTERVAL=6", None, "UTC"),
            "every 6 hours",
        ),
        (
            rrule("FREQ=DAILY;COUNT=10", Some("2026-01-01T06:00:00"), "UTC"),
            "every day at 06:00, 10 times in all",
        ),
        (
            rrule("FREQ=DAILY;UNTIL=20301231T235959", None, "UTC"),
            "every day at 00:00, until 2030-12-31",
        ),
        (
            rrule("FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1", None, "UTC"),
            "rrule `FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1`",
        ),
    ] {
        assert_eq!(schedule.in_words(), format!("{words} (UTC)"));
    }
}

#[test]
fn parts_that_do_not_go_together_are_refused() {
    for (schedule, message) in [
        (
            cron("0 0 1 * MON#1", "UTC", true),
            "cron: Prefect ignores the day of the month `1` beside the day of the week `MON#1`",
        ),
        (
            rrule("FREQ=DAILY;COUNT=3", None, "UTC"),
            "rrule COUNT: Prefect counts from 2020-01-01 unless the schedule has a start",
        ),
        (
            rrule("FREQ=MONTHLY;INTERVAL=12;BYMONTH=3", None, "UTC"),
            "rrule: `FREQ=MONTHLY;INTERVAL=12;BYMONTH=3` has no date from its start on, so this schedule never fires",
        ),
        (
            rrule(
                "FREQ=DAILY;UNTIL=20260101",
                Some("2026-06-01T00:00:00"),
                "UTC",
            ),
            "rrule: `FREQ=DAILY;UNTIL=20260101` has no date from its start on, so this schedule never fires",
        ),
    ] {
        let error = schedule.check().expect_err(message);
        assert_eq!(error.to_string(), message);
        assert!(error.help().is_some(), "{message}");
    }
}

#[test]
fn days_that_never_fall_together_are_refused() {
    let error = "0 0 1-7 * 5#5"
        .parse::<CronExpression>()
        .expect_err("never fires");
    let text = "cron: day `1-7` of the month is never the day `5#5` of the week, so this schedule never fires";
    assert_eq!(error.to_string(), text);
}

#[test]
fn parts_that_go_together_are_taken() {
    for schedule in [
        cron("0 0 1 * MON#1", "UTC", false),
        cron("0 0 1 * MON", "UTC", true),
        cron("0 0 29 2 MON", "UTC", false),
        rrule("FREQ=DAILY;COUNT=3", Some("2026-01-01T06:00:00"), "UTC"),
        // An end in the past is not this crate's business: the next build would be another.
        rrule("FREQ=DAILY;UNTIL=20210101", None, "UTC"),
        interval("1h", None, "UTC"),
    ] {
        assert_eq!(schedule.check(), Ok(()), "{schedule:?}");
    }
}

#[test]
fn a_rule_is_sent_with_its_start() {
    let Schedule::Rrule { rule, start, .. } =
        rrule("RRULE:FREQ=DAILY", Some("2026-01-01T06:00"), "UTC")
    else {
        panic!("no rule");
    };
    assert_eq!(
        rule.with_start(start.as_ref()),
        "DTSTART:20260101T060000\nRRULE:FREQ=DAILY"
    );
    assert_eq!(
        rule.with_start(None),
        "DTSTART:20200101T000000\nRRULE:FREQ=DAILY"
    );
}

#[test]
fn the_default_anchor_is_midnight_of_the_zone() {
    for (zone, anchor) in [
        ("UTC", "2020-01-01T00:00:00+00:00"),
        ("Europe/Oslo", "2020-01-01T00:00:00+01:00"),
        ("America/New_York", "2020-01-01T00:00:00-05:00"),
        ("Asia/Kolkata", "2020-01-01T00:00:00+05:30"),
    ] {
        assert_eq!(
            fires::default_anchor(Some(&zone.parse().expect("zone")))
                .expect("anchor")
                .as_str(),
            anchor
        );
    }
}

#[test]
fn a_schedule_survives_json() {
    for schedule in [
        cron("0 6 * * MON-FRI", "Europe/Oslo", true),
        interval("1h", Some("2026-01-01T00:00:00Z"), "UTC"),
        rrule("FREQ=DAILY", Some("2026-01-01T06:00:00"), "UTC"),
    ] {
        let json = serde_json::to_string(&schedule).expect("JSON");
        assert_eq!(
            serde_json::from_str::<Schedule>(&json).expect("from JSON"),
            schedule,
            "{json}"
        );
    }
}

#[test]
fn clock_changes_and_month_ends_are_warned_of_with_their_day() {
    let from = start("2026-01-01T00:00:00");
    let texts = |schedule: &Schedule| -> Vec<(WarningKind, String)> {
        let warnings = fires::warnings(schedule, from, 365).expect("warnings");
        warnings
            .into_iter()
            .map(|warning| (warning.kind, warning.text))
            .collect()
    };
    let daily = (cron("30 2 * * *", "Europe/Oslo", true), &DAILY[..]);
    let often = (cron("*/20 * * * *", "Europe/Oslo", true), &OFTEN[..]);
    let month_end = (cron("0 6 */10 * *", "UTC", true), &MONTH_END[..]);
    let whole_days = (
        interval("1d", Some("2026-01-01T06:00:00+01:00"), "Europe/Oslo"),
        &WHOLE_DAYS[..],
    );
    let hours = (interval("1h", None, "Europe/Oslo"), &[][..]);
    let rule = (
        rrule("FREQ=DAILY", Some("2026-01-01T02:30:00"), "Europe/Oslo"),
        &RULE[..],
    );
    for (schedule, expected) in [daily, often, month_end, whole_days, hours, rule] {
        let found = texts(&schedule);
        let found: Vec<(WarningKind, &str)> = found
            .iter()
            .map(|(kind, text)| (*kind, text.as_str()))
            .collect();
        assert_eq!(found, expected, "{}", schedule.in_words());
    }
}

const DAILY: [(WarningKind, &str); 2] = [
    (
        WarningKind::SkippedHour,
        "on 2026-03-29 the clocks of Europe/Oslo jump over 02:30: Prefect 3.8 runs at 01:30, 2.20 at 03:30",
    ),
    (
        WarningKind::RepeatedHour,
        "on 2026-10-25 the clocks of Europe/Oslo show 02:30 twice: Prefect 3.8 runs the first time (00:30 UTC), 2.20 the second time (01:30 UTC)",
    ),
];
const OFTEN: [(WarningKind, &str); 2] = [
    (
        WarningKind::SkippedHour,
        "on 2026-03-29 the clocks of Europe/Oslo jump over 02:00 and 2 more runs: Prefect 3.8 runs at 01:00, 2.20 at 03:00; a run that falls on another is dropped",
    ),
    (
        WarningKind::RepeatedHour,
        "on 2026-10-25 the clocks of Europe/Oslo show 02:00 and 2 more runs twice: Prefect 3.8 runs the first time (00:00 UTC), 2.20 the second time (01:00 UTC)",
    ),
];
const MONTH_END: [(WarningKind, &str); 1] = [(
    WarningKind::MonthEnd,
    "day of month `*/10`: after a month without day 31 Prefect 3.8 counts on and misses 2026-03-01, 2.20 does not",
)];
const WHOLE_DAYS: [(WarningKind, &str); 2] = [
    (
        WarningKind::ShiftedInterval,
        "on 2026-03-29 the clocks of Europe/Oslo change: Prefect keeps 06:00 for the runs that it has planned before and takes 07:00 for later ones, so a run may come twice",
    ),
    (
        WarningKind::ShiftedInterval,
        "on 2026-10-25 the clocks of Europe/Oslo change: Prefect keeps 07:00 for the runs that it has planned before and takes 06:00 for later ones, so a run may come twice",
    ),
];
const RULE: [(WarningKind, &str); 2] = [
    (
        WarningKind::SkippedHour,
        "on 2026-03-29 the clocks of Europe/Oslo jump over 02:30: Prefect runs at 01:30",
    ),
    (
        WarningKind::RepeatedHour,
        "on 2026-10-25 the clocks of Europe/Oslo show 02:30 twice: Prefect runs the first time only (00:30 UTC)",
    ),
];

#[test]
fn upcoming_starts_on_the_moment_itself_and_tells_the_local_time() {
    let schedule = cron("0 6 * * *", "Europe/Oslo", true);
    let at = start("2026-06-01T04:00:00");
    let found = fires::upcoming(&schedule, at, 2).expect("fires");
    assert_eq!(found[0].at, at);
    assert_eq!(found[0].local.to_rfc3339(), "2026-06-01T06:00:00+02:00");
    let later =
        fires::upcoming(&schedule, at + chrono::TimeDelta::milliseconds(1), 1).expect("fires");
    assert_eq!(later[0], found[1]);
    assert_eq!(fires::upcoming(&schedule, at, 0).expect("fires"), []);
}

#[test]
fn a_rule_that_has_ended_has_no_dates() {
    let ended = rrule("FREQ=DAILY;UNTIL=20210101", None, "UTC");
    assert_eq!(
        fires::upcoming(&ended, start("2026-01-01T00:00:00"), 5).expect("fires"),
        []
    );
    let ending = rrule("FREQ=DAILY;COUNT=3", Some("2026-01-01T06:00:00"), "UTC");
    assert_eq!(
        fires::upcoming(&ending, start("2026-01-02T00:00:00"), 5)
            .expect("fires")
            .len(),
        2
    );
}

#[test]
fn a_secret_says_where_it_is() {
    let secret: SecretReference = "keyvault:acme-vault/db-password".parse().expect("secret");
    assert_eq!(
        secret.source(),
        SecretSource::KeyVault {
            vault: "acme-vault",
            name: "db-password"
        }
    );
    let secret: SecretReference = "block:db".parse().expect("secret");
    assert_eq!(secret.source(), SecretSource::Block { name: "db" });
}
