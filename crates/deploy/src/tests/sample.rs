//! Declarations as the attributes would register them.

use longshore::record::{
    Catchup, DeploymentRecord, FlowBody, FlowRecord, JobVariables, Literal, ParameterValues,
    ScheduleRecord, SourceLocation,
};
use longshore_prefect::{Deployment, WorkPool};
use longshore_spec::{FlowName, Schedule, Slug, Tag};
use longshore_storage::Digest;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::LinkedPackage;
use crate::config::Config;
use crate::desired::{Desired, StoredArtifact};

async fn nothing() {}

const BODY: &dyn FlowBody = &longshore::__private::body::<_, ()>(nothing);

pub(super) const PACKAGE: LinkedPackage = LinkedPackage {
    name: "finance-daily",
    folder: "projects/finance/daily",
    binary: "finance-daily",
};

/// The default configuration of the tests: a pool and a queue for all.
pub(super) fn config() -> Config {
    config_of("[workspace]\nname = \"acme\"\n[defaults]\npool = \"default\"\nqueue = \"slow\"\n")
}

pub(super) fn config_of(text: &str) -> Config {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("longshore.toml"), text).unwrap();
    Config::read(folder.path()).unwrap()
}

pub(super) fn flow(name: &'static str, package: &'static str, line: u32) -> &'static FlowRecord {
    Box::leak(Box::new(FlowRecord {
        name: FlowName::from_static(name),
        function: "daily",
        package,
        package_version: "1.0.0",
        source: SourceLocation {
            file: "projects/finance/daily/src/lib.rs",
            line,
            column: 1,
        },
        description: Some("Reports."),
        version: None,
        run_name: None,
        retries: 0,
        retry_delay: &[],
        timeout: None,
        parameters: &[],
        body: BODY,
    }))
}

pub(super) fn deployment(flow: &'static FlowRecord, name: &'static str) -> DeploymentRecord {
    DeploymentRecord {
        name: name.parse().unwrap(),
        flow,
        package: flow.package,
        source: SourceLocation {
            file: "projects/finance/daily/src/lib.rs",
            line: 7,
            column: 1,
        },
        schedules: &[],
        image: None,
        queue: None,
        pool: None,
        storage: None,
        path: None,
        parameters: ParameterValues::NONE,
        tags: Box::leak(Box::new([Tag::from_static("finance")])),
        description: None,
        concurrency: None,
        active: None,
        environment: &[],
        job_variables: JobVariables {
            names: &[],
            values: ParameterValues::NONE,
        },
        secrets: &[],
        catchup: Catchup::Latest,
        renamed_from: None,
    }
}

pub(super) fn cron(slug: &'static str, expression: &str) -> ScheduleRecord {
    ScheduleRecord {
        slug: Slug::from_static(slug),
        schedule: Schedule::Cron {
            expression: expression.parse().unwrap(),
            timezone: Some("Europe/Oslo".parse().unwrap()),
            day_or: true,
        },
        active: None,
        parameters: ParameterValues::NONE,
    }
}

pub(super) fn interval(slug: &'static str, every: &str) -> ScheduleRecord {
    ScheduleRecord {
        schedule: Schedule::Interval {
            every: every.parse().unwrap(),
            anchor: None,
            timezone: Some("Europe/Oslo".parse().unwrap()),
        },
        ..cron(slug, "0 6 * * *")
    }
}

pub(super) fn rrule(slug: &'static str, rule: &str) -> ScheduleRecord {
    ScheduleRecord {
        schedule: Schedule::Rrule {
            rule: rule.parse().unwrap(),
            start: None,
            timezone: Some("Europe/Oslo".parse().unwrap()),
        },
        ..cron(slug, "0 6 * * *")
    }
}

/// Values of parameters, since records hold function pointers.
pub(super) fn days_7() -> ParameterValues {
    ParameterValues::Literals(&[("days", Literal::Natural(7))])
}

pub(super) fn artifact(letter: char) -> StoredArtifact {
    let digest: Digest = letter.to_string().repeat(64).parse().unwrap();
    StoredArtifact {
        location: format!("/store/{digest}"),
        digest,
        executable: None,
    }
}

/// A deployment as declared.
pub(super) fn desired(record: DeploymentRecord) -> Desired {
    let record: &'static DeploymentRecord = Box::leak(Box::new(record));
    Desired::new(record, &PACKAGE, &config(), Some(&artifact('a'))).unwrap()
}

/// A work pool `default` with this job template.
pub(super) fn pool(base_job_template: &Value) -> WorkPool {
    let pool = json!({
        "id": Uuid::new_v4(),
        "name": "default",
        "type": "process",
        "base_job_template": base_job_template,
    });
    serde_json::from_value(pool).unwrap()
}

/// What Prefect 3.8.8 answers once a deployment was written.
pub(super) fn stored(desired: &Desired) -> Deployment {
    let mut value = serde_json::to_value(desired.write(Uuid::new_v4())).unwrap();
    value["id"] = json!(Uuid::new_v4());
    value["paused"] = json!(desired.fields.paused.unwrap_or(false));
    value["work_queue_id"] = json!(Uuid::new_v4());
    value["global_concurrency_limit"] = match desired.fields.concurrency_limit {
        Some(limit) => json!({ "limit": limit }),
        None => json!(null),
    };
    value["concurrency_limit"] = json!(null);
    value["labels"] = json!({ "prefect.flow.id": "x" });
    value["status"] = json!("NOT_READY");
    for schedule in value["schedules"].as_array_mut().unwrap() {
        schedule["id"] = json!(Uuid::new_v4());
        schedule["active"] = json!(schedule["active"].as_bool().unwrap_or(true));
        schedule["max_scheduled_runs"] = json!(null);
        let text = schedule["schedule"]["rrule"].as_str().map(str::to_owned);
        if let Some(rule) = text.filter(|rule| !rule.contains("DTSTART")) {
            schedule["schedule"]["rrule"] = json!(format!("DTSTART:20200101T000000\n{rule}"));
        }
    }
    serde_json::from_value(value).unwrap()
}

/// What Prefect 2.20.26 answers once a deployment was written.
pub(super) fn stored_by_2(desired: &Desired) -> Deployment {
    let mut value = serde_json::to_value(desired.write(Uuid::new_v4())).unwrap();
    let fields = value.as_object_mut().unwrap();
    for name in ["labels", "concurrency_limit", "concurrency_options"] {
        fields.remove(name);
    }
    let job_variables = fields.remove("job_variables").unwrap();
    value["infra_overrides"] = job_variables;
    value["id"] = json!(Uuid::new_v4());
    value["paused"] = json!(desired.fields.paused.unwrap_or(false));
    value["is_schedule_active"] = json!(!desired.fields.paused.unwrap_or(false));
    value["manifest_path"] = json!(null);
    value["status"] = json!("NOT_READY");
    value["created"] = json!("2026-01-01T00:00:00.123456+00:00");
    let schedules = value["schedules"].as_array_mut().unwrap();
    for schedule in schedules.iter_mut() {
        let fields = schedule.as_object_mut().unwrap();
        fields.remove("slug");
        fields.remove("parameters");
        schedule["id"] = json!(Uuid::new_v4());
        schedule["active"] = json!(schedule["active"].as_bool().unwrap_or(true));
        schedule["catchup"] = json!(false);
        schedule["max_active_runs"] = json!(null);
        if let Some(anchor) = schedule["schedule"]["anchor_date"].as_str() {
            schedule["schedule"]["anchor_date"] = json!(anchor.replace('Z', "+00:00"));
        }
    }
    // The last changed first.
    schedules.reverse();
    serde_json::from_value(value).unwrap()
}
