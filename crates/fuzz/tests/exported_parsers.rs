//! The parsers that crates export; those that a crate keeps to itself are fed by its own tests.

use chrono::{DateTime, Utc};
use longshore_fuzz::{Target, assert_no_panic};
use longshore_mask::Mask;
use longshore_prefect::{Capabilities, Deployment, FlowRun, Log, WorkPool};
use longshore_spec::fires::{upcoming, warnings};
use longshore_spec::terminal::{escape_block, escape_json, escape_line, escape_record};
use longshore_spec::{
    Anchor, CronExpression, DeploymentName, EnvironmentName, EnvironmentVariableName, Explain,
    FlowPath, FlowPlace, ImageReference, Interval, LocalDateTime, RecurrenceRule, Schedule,
    SecretReference, Slug, StorageUrl, Tag, TimeSpan, TimeZone, looks_secret,
};
use longshore_storage::{AllowedStores, Digest};

/// Parses, and asks for the help of a refusal.
fn parse<T>(text: &str)
where
    T: std::str::FromStr,
    T::Err: Explain,
{
    if let Err(error) = text.parse::<T>() {
        let _ = (error.to_string(), error.help());
    }
}

/// A time near two changes of the clock in Europe.
fn now() -> DateTime<Utc> {
    DateTime::UNIX_EPOCH + chrono::TimeDelta::days(20_750)
}

fn fires(schedule: &Schedule) {
    if schedule.check().is_ok() {
        let _ = upcoming(schedule, now(), 3);
        let _ = warnings(schedule, now(), 366);
    }
}

fn cron(text: &str) {
    parse::<CronExpression>(text);
    if let Ok(expression) = text.parse() {
        fires(&Schedule::Cron {
            expression,
            timezone: "Europe/Oslo".parse().ok(),
            day_or: true,
        });
    }
}

fn rrule(text: &str) {
    parse::<RecurrenceRule>(text);
    if let Ok(rule) = text.parse() {
        fires(&Schedule::Rrule {
            rule,
            start: "2000-02-29T12:30:00".parse().ok(),
            timezone: "Europe/Oslo".parse().ok(),
        });
    }
}

fn terminal(text: &str) {
    let _ = (
        escape_block(text),
        escape_line(text),
        escape_record(text),
        escape_json(text),
    );
    let _ = looks_secret(text, text);
}

fn mask(text: &str) {
    let secrets = ["s3cret", "pa\"ss\\w\u{f6}rd\nline two", "+/%41"];
    let masked = Mask::new(secrets).mask(text).into_owned();
    assert!(!masked.contains("s3cret"), "a secret is left");
}

fn stores(text: &str) {
    let allowed =
        AllowedStores::listed(&|name| (name == AllowedStores::VARIABLE).then(|| text.to_owned()));
    let digest: Option<Digest> = "0".repeat(64).parse().ok();
    if let (Ok(Some(allowed)), Some(digest)) = (allowed, digest) {
        let _ = allowed.resolve(text, digest);
        let _ = allowed.resolve(&format!("{text}/{}/flow", "0".repeat(64)), digest);
    }
}

fn answers(text: &str) {
    let _ = serde_json::from_str::<Vec<FlowRun>>(text);
    let _ = serde_json::from_str::<Vec<Deployment>>(text);
    let _ = serde_json::from_str::<Vec<Log>>(text);
    let _ = serde_json::from_str::<Vec<WorkPool>>(text);
}

const NAMES: &[&str] = &["nightly", "north-europe", "Ærlig talt", "LEVEL", "pr-123"];

const TARGETS: &[Target<'_>] = &[
    Target {
        name: "cron expressions",
        seeds: &[
            "0 6 * * MON-FRI",
            "*/15 8-17 1,15 * *",
            "@daily",
            "0 0 29 2 1#2",
            "30 2 L * *",
        ],
        parse: &cron,
    },
    Target {
        name: "recurrence rules",
        seeds: &[
            "FREQ=WEEKLY;BYDAY=MO,WE",
            "FREQ=MONTHLY;BYDAY=-1FR;BYSETPOS=1",
            "FREQ=HOURLY;INTERVAL=7;UNTIL=20300101T000000",
            "RRULE:FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29;COUNT=3",
        ],
        parse: &rrule,
    },
    Target {
        name: "durations",
        seeds: &["1h30m", "500ms", "2d", "1w"],
        parse: &|text| {
            parse::<TimeSpan>(text);
            parse::<Interval>(text);
        },
    },
    Target {
        name: "times",
        seeds: &[
            "2026-03-29T02:30:00",
            "2026-01-01T00:00:00+01:00",
            "2026-12-31T23:59:59.999999Z",
        ],
        parse: &|text| {
            parse::<LocalDateTime>(text);
            parse::<Anchor>(text);
        },
    },
    Target {
        name: "time zones",
        seeds: &[
            "Europe/Oslo",
            "UTC",
            "America/Argentina/Buenos_Aires",
            "Etc/GMT+1",
        ],
        parse: &parse::<TimeZone>,
    },
    Target {
        name: "images",
        seeds: &[
            "ghcr.io/acme/flows:1.4.0",
            "localhost:5000/a/b@sha256:0000000000000000000000000000000000000000000000000000000000000000",
        ],
        parse: &parse::<ImageReference>,
    },
    Target {
        name: "names",
        seeds: NAMES,
        parse: &|text| {
            parse::<DeploymentName>(text);
            parse::<Tag>(text);
            parse::<Slug>(text);
            parse::<EnvironmentName>(text);
            parse::<EnvironmentVariableName>(text);
        },
    },
    Target {
        name: "paths and places",
        seeds: &[
            "projects/finance/daily_report",
            "finance/daily_report/",
            "../x",
        ],
        parse: &|text| {
            parse::<FlowPath>(text);
            parse::<FlowPlace>(text);
        },
    },
    Target {
        name: "storage URLs",
        seeds: &[
            "az://flows/prefix",
            "https://acme.blob.core.windows.net/flows",
            "file:///srv/store",
        ],
        parse: &parse::<StorageUrl>,
    },
    Target {
        name: "secret references",
        seeds: &[
            "block:api-token",
            "keyvault:acme/token/0123456789abcdef",
            "keyvault:a/b",
        ],
        parse: &parse::<SecretReference>,
    },
    Target {
        name: "text for a terminal",
        seeds: &[
            "\u{1b}]8;;http://x\u{7}a\u{1b}]8;;\u{7}",
            "line\r\nline",
            "{\"a\":\"\u{202e}\"}",
        ],
        parse: &terminal,
    },
    Target {
        name: "text with secrets",
        seeds: &[
            "Basic dXNlcjpzM2NyZXQ=",
            "{\"a\":\"pa\\\"ss\\\\w\\u00f6rd\"}",
            "key=%2B%2F%2541&x=s3cret",
            "733363726574",
        ],
        parse: &mask,
    },
    Target {
        name: "stores and locations",
        seeds: &[
            "az://acme/flows/prefix",
            "https://acme.blob.core.windows.net/flows/projects/a/b",
            "/srv/store/projects/a",
        ],
        parse: &stores,
    },
    Target {
        name: "versions of a server",
        seeds: &["3.8.8", "2.20.26", "3.0.0rc1", "3.9.1+12.g0123456"],
        parse: &|text| _ = text.parse::<Capabilities>(),
    },
    Target {
        name: "answers of a server",
        seeds: &[
            "[{\"id\":\"00000000-0000-0000-0000-000000000001\",\"name\":\"a\",\"flow_id\":\"00000000-0000-0000-0000-000000000002\",\"state\":{\"type\":\"RUNNING\",\"timestamp\":\"2026-01-01T00:00:00Z\"},\"parameters\":{\"n\":1e300}}]",
            "[{\"name\":\"default\",\"type\":\"process\",\"base_job_template\":{}}]",
        ],
        parse: &answers,
    },
];

#[test]
fn exported_parsers_bear_mutated_input() {
    assert_no_panic(TARGETS);
}
