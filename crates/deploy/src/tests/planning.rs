//! Plans are values: what is declared against what a server would answer.

use longshore::record::{CollisionStrategy, Concurrency};
use longshore_prefect::DeploymentUpdate;
use serde_json::json;

use super::sample::{
    artifact, config, config_of, cron, days_7, deployment, desired, flow, interval, pool, rrule,
    stored,
};
use crate::desired::Desired;
use crate::observe::Observed;
use crate::plan::options::{MissingPools, PlanOptions};
use crate::plan::schedules::ScheduleChange;
use crate::plan::{Action, ArtifactPlans, Plan, Update, plan};
use crate::report::plan_text;

/// A deployment with one schedule of each kind and something in every field.
fn full() -> Desired {
    let flow = flow("daily", "finance-daily", 1);
    let mut record = deployment(flow, "eu");
    record.schedules = Box::leak(Box::new([
        cron("main", "0 6 * * MON-FRI"),
        interval("often", "1h30m"),
        rrule("monthly", "FREQ=MONTHLY;BYDAY=-1FR"),
    ]));
    record.parameters = days_7();
    record.concurrency = Some(Concurrency {
        limit: 2,
        on_collision: CollisionStrategy::CancelNew,
    });
    desired(record)
}

fn observed(desired: &Desired) -> Observed {
    let mut observed = Observed::default();
    observed
        .pools
        .insert("default".to_owned(), pool(&json!({})));
    let queues = ["default", "slow"].map(str::to_owned).into();
    observed.queues.insert("default".to_owned(), queues);
    observed
        .deployments
        .insert(desired.key.clone(), stored(desired));
    observed
}

fn planned(desired: Desired, observed: &Observed) -> Plan {
    plan(
        vec![desired],
        observed,
        ArtifactPlans::default(),
        &config(),
        &PlanOptions::default(),
    )
    .unwrap()
}

fn pools_are(missing_pools: MissingPools) -> PlanOptions {
    PlanOptions {
        missing_pools,
        ..PlanOptions::default()
    }
}

fn update(plan: &Plan) -> &Update {
    match &plan.deployments[0].action {
        Action::Update(update) => update,
        other => panic!("{other:?}"),
    }
}

#[test]
fn what_was_written_is_unchanged_when_read_back() {
    let plan = planned(full(), &observed(&full()));
    assert!(plan.is_empty(), "{}", plan_text::plan(&plan));
    assert_eq!(plan_text::plan(&plan), "nothing to do: 1 unchanged\n");
}

#[test]
fn what_is_not_there_is_created() {
    let mut observed = observed(&full());
    observed.deployments.clear();
    let plan = planned(full(), &observed);
    assert!(!plan.is_empty());
    let text = plan_text::plan(&plan);
    assert!(text.starts_with("+ daily/eu\n"), "{text}");
    assert!(text.contains("    pool default, queue slow\n"), "{text}");
    assert!(
        text.ends_with("1 to create, 0 to update, 0 unchanged\n"),
        "{text}"
    );
}

#[test]
fn the_declared_fields_are_those_of_the_contract() {
    let body = serde_json::to_value(full().write(uuid::Uuid::nil())).unwrap();
    assert_eq!(body["tags"], json!(["finance", "longshore:acme/default"]));
    assert_eq!(body["version"], json!("aaaaaaaaaaaa"));
    assert_eq!(body["path"], json!("projects/finance/daily"));
    assert_eq!(
        body["entrypoint"],
        json!("projects/finance/daily/src/lib.rs:daily")
    );
    assert_eq!(body["enforce_parameter_schema"], json!(true));
    assert_eq!(body["description"], json!("Reports."));
    assert_eq!(body["job_variables"]["command"], json!("longshore-run"));
    assert_eq!(
        body["job_variables"]["artifact"],
        json!(format!("/store/{}", "a".repeat(64)))
    );
    assert_eq!(body["job_variables"]["sha256"], json!("a".repeat(64)));
    assert_eq!(
        body["concurrency_options"],
        json!({ "collision_strategy": "CANCEL_NEW" })
    );
    let [cron, interval, rrule] = body["schedules"].as_array().unwrap().as_slice() else {
        panic!("{body:#}");
    };
    assert_eq!(
        cron["schedule"],
        json!({ "cron": "0 6 * * MON-FRI", "timezone": "Europe/Oslo", "day_or": true })
    );
    assert_eq!(interval["schedule"]["interval"], json!(5400.0));
    assert_eq!(
        interval["schedule"]["anchor_date"],
        json!("2019-12-31T23:00:00Z")
    );
    assert_eq!(interval["schedule"]["timezone"], json!("Europe/Oslo"));
    assert!(
        rrule["schedule"]["rrule"]
            .as_str()
            .unwrap()
            .starts_with("DTSTART:20200101T000000\n"),
        "{rrule}"
    );
    assert!(
        body.get("paused").is_none(),
        "an operator's pause would be lost"
    );
}

#[test]
fn a_runner_named_in_the_configuration_is_the_command() {
    let config = config_of(
        "[workspace]\nname = \"acme\"\n[defaults]\npool = \"p\"\n[runner]\ncommand = \"/opt/run\"\n",
    );
    let flow = flow("daily", "finance-daily", 1);
    let record = Box::leak(Box::new(deployment(flow, "eu")));
    let desired = Desired::new(record, &super::sample::PACKAGE, &config, None).unwrap();
    assert_eq!(desired.fields.job_variables["command"], json!("/opt/run"));
}

#[test]
fn only_the_changed_fields_are_sent() {
    let mut other = full();
    other.fields.version = Some("bbbbbbbbbbbb".to_owned());
    other
        .fields
        .job_variables
        .insert("sha256".to_owned(), json!("b"));
    other.fields.parameters.insert("days".to_owned(), json!(8));
    let plan = planned(full(), &observed(&other));
    let text = plan_text::plan(&plan);
    assert_eq!(
        text,
        format!(
            "~ daily/eu\n    version: \"bbbbbbbbbbbb\" -> \"aaaaaaaaaaaa\"\n    \
             parameters.days: 8 -> 7\n    \
             job_variables.sha256: \"b\" -> \"{}...\n\
             0 to create, 1 to update, 0 unchanged\n",
            "a".repeat(56)
        )
    );
    let sent = serde_json::to_value(&update(&plan).fields).unwrap();
    let mut names: Vec<&String> = sent.as_object().unwrap().keys().collect();
    names.sort();
    let expected = [
        "enforce_parameter_schema",
        "job_variables",
        "parameter_openapi_schema",
        "parameters",
        "version",
    ];
    assert_eq!(names, expected);
}

#[test]
fn numbers_are_equal_whatever_their_form() {
    let mut other = full();
    other
        .fields
        .parameters
        .insert("days".to_owned(), json!(7.0));
    assert!(planned(full(), &observed(&other)).is_empty());
}

#[test]
fn schedules_are_changed_one_by_one() {
    let flow = flow("daily", "finance-daily", 1);
    let mut before = deployment(flow, "eu");
    before.schedules = Box::leak(Box::new([
        cron("main", "0 6 * * *"),
        cron("gone", "0 7 * * *"),
        cron("same", "0 8 * * *"),
    ]));
    let mut after = deployment(flow, "eu");
    after.schedules = Box::leak(Box::new([
        cron("main", "30 6 * * *"),
        cron("same", "0 8 * * *"),
        cron("new", "0 9 * * *"),
    ]));
    let before = observed(&desired(before));
    let plan = planned(desired(after), &before);
    let update = update(&plan);
    assert_eq!(update.fields, DeploymentUpdate::default());
    let [
        ScheduleChange::Change {
            slug: changed,
            update: sent,
            ..
        },
        ScheduleChange::Remove { slug: removed, .. },
        ScheduleChange::Add(added),
    ] = update.schedules.as_slice()
    else {
        panic!("{:?}", update.schedules);
    };
    assert_eq!(
        (changed.as_str(), removed.as_deref()),
        ("main", Some("gone"))
    );
    assert_eq!(added.slug.as_deref(), Some("new"));
    assert_eq!(sent.active, None);
    let text = plan_text::plan(&plan);
    let change = "    schedule main, schedule: cron `0 6 * * *` (Europe/Oslo) -> \
                  cron `30 6 * * *` (Europe/Oslo)\n";
    assert!(text.contains(change), "{text}");
    assert!(
        text.contains("    - schedule gone\n    + schedule new: cron `0 9 * * *` (Europe/Oslo)\n"),
        "{text}"
    );
}

#[test]
fn a_pause_made_by_an_operator_survives() {
    let mut observed = observed(&full());
    let stored = observed.deployments.values_mut().next().unwrap();
    stored.paused = true;
    stored.schedules[0].active = false;
    let plan = planned(full(), &observed);
    assert!(plan.is_empty(), "{}", plan_text::plan(&plan));
    assert!(plan.deployments[0].paused);
    assert_eq!(plan.deployments[0].inactive, ["main"]);
}

#[test]
fn a_pause_is_undone_where_the_attribute_says_active() {
    let flow = flow("daily", "finance-daily", 1);
    let mut record = deployment(flow, "eu");
    record.active = Some(true);
    let desired = desired(record);
    let mut observed = observed(&desired);
    observed.deployments.values_mut().next().unwrap().paused = true;
    let plan = planned(desired, &observed);
    assert_eq!(update(&plan).fields.paused, Some(false));
}

#[test]
fn schedules_made_by_hand_are_left_alone() {
    let desired = full();
    let mut observed = observed(&desired);
    let stored = observed.deployments.values_mut().next().unwrap();
    let mut by_hand = stored.schedules[0].clone();
    by_hand.slug = None;
    stored.schedules.push(by_hand);
    assert!(planned(desired, &observed).is_empty());
}

#[test]
fn an_orphan_of_this_owner_alone_is_reported() {
    let desired = full();
    let mut observed = observed(&desired);
    let mut add = |name: &str, tags: &[&str]| {
        let mut key = desired.key.clone();
        key.deployment = name.to_owned();
        let mut stored = stored(&desired);
        stored.tags = tags.iter().map(ToString::to_string).collect();
        observed.deployments.insert(key, stored);
    };
    add("orphan", &["longshore:acme/default"]);
    add("other-environment", &["longshore:acme/staging"]);
    add("by-hand", &[]);
    let plan = planned(full(), &observed);
    let names: Vec<&str> = plan
        .orphans
        .iter()
        .map(|key| key.deployment.as_str())
        .collect();
    assert_eq!(names, ["orphan"]);
    assert!(plan.is_empty(), "an orphan is no change");
}

#[test]
fn a_deployment_of_another_owner_is_refused() {
    let mut observed = observed(&full());
    let stored = observed.deployments.values_mut().next().unwrap();
    stored.tags = vec!["longshore:other/default".to_owned()];
    let result = plan(
        vec![full()],
        &observed,
        ArtifactPlans::default(),
        &config(),
        &PlanOptions::default(),
    );
    let text = result.unwrap_err().to_string();
    assert!(
        text.contains(
            "deployment `daily/eu` at projects/finance/daily/src/lib.rs:7:1: the deployment of this name on the server belongs to another owner, `longshore:other/default`"
        ),
        "{text}"
    );
}

#[test]
fn a_missing_pool_is_named_with_those_that_exist() {
    let flow = flow("daily", "finance-daily", 1);
    let mut record = deployment(flow, "eu");
    record.pool = Some("clustre".parse().unwrap());
    let observed = observed(&full());
    let with = |pools| {
        plan(
            vec![desired(record_copy(&record))],
            &observed,
            ArtifactPlans::default(),
            &config(),
            &pools_are(pools),
        )
    };
    let text = with(MissingPools::Refuse).unwrap_err().to_string();
    assert_eq!(
        text,
        "error: work pool `clustre` is not on the server; deployments that name it: `daily/eu` at projects/finance/daily/src/lib.rs:7:1\n\
         help: the server has `default`; `--create-pools` makes the missing one"
    );
    let plan = with(MissingPools::Create).unwrap();
    assert_eq!(plan.pools[0].name, "clustre");
    assert_eq!(plan.pools[0].kind, "process");
}

/// Records are not `Clone`; this one has only its pool.
fn record_copy(
    record: &longshore::record::DeploymentRecord,
) -> longshore::record::DeploymentRecord {
    let mut copy = deployment(record.flow, "eu");
    copy.pool = record.pool.clone();
    copy
}

#[test]
fn a_pool_whose_type_has_no_template_is_made_on_the_embedded_server_alone() {
    let config = config_of(
        "[workspace]\nname = \"acme\"\n[defaults]\npool = \"k\"\n[pools.k]\ntype = \"docker\"\n",
    );
    let flow = flow("daily", "finance-daily", 1);
    let record = Box::leak(Box::new(deployment(flow, "eu")));
    let with = |pools| {
        let desired = Desired::new(
            record,
            &super::sample::PACKAGE,
            &config,
            Some(&artifact('a')),
        )
        .unwrap();
        plan(
            vec![desired],
            &Observed::default(),
            ArtifactPlans::default(),
            &config,
            &pools_are(pools),
        )
    };
    let text = with(MissingPools::Create).unwrap_err().to_string();
    assert!(
        text.contains("run `prefect work-pool create k --type docker`"),
        "{text}"
    );
    assert_eq!(
        with(MissingPools::CreateAny).unwrap().pools[0].kind,
        "docker"
    );
}

#[test]
fn without_a_build_the_fields_of_the_artifact_are_not_compared() {
    let flow = flow("daily", "finance-daily", 1);
    let record = Box::leak(Box::new(deployment(flow, "eu")));
    let unknown = Desired::new(record, &super::sample::PACKAGE, &config(), None).unwrap();
    let known = Desired::new(
        record,
        &super::sample::PACKAGE,
        &config(),
        Some(&artifact('b')),
    )
    .unwrap();
    assert!(planned(unknown, &observed(&known)).is_empty());
}

#[test]
fn a_deployment_without_a_pool_is_an_error_at_its_place() {
    let flow = flow("daily", "finance-daily", 1);
    let record = Box::leak(Box::new(deployment(flow, "eu")));
    let config = config_of("[workspace]\nname = \"acme\"\n");
    let error = Desired::new(record, &super::sample::PACKAGE, &config, None).unwrap_err();
    assert_eq!(
        error.to_string(),
        "deployment `daily/eu` at projects/finance/daily/src/lib.rs:7:1 has no work pool"
    );
}
