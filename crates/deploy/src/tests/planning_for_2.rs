//! Plans against what Prefect 2.20.26 would answer.

use longshore::record::{CollisionStrategy, Concurrency, DeploymentRecord, ScheduleRecord};
use longshore_prefect::{DeploymentUpdate, DeploymentWrite};
use serde_json::json;

use super::sample::{
    PACKAGE, config, config_of, cron, days_7, deployment, desired, flow, interval, rrule,
    stored_by_2,
};
use crate::config::Config;
use crate::desired::Desired;
use crate::error::Failure;
use crate::observe::Observed;
use crate::plan::options::PlanOptions;
use crate::plan::schedules::ScheduleChange;
use crate::plan::{Action, ArtifactPlans, Plan, Update, plan};
use crate::report::plan_text;

fn with(schedules: impl Into<Vec<ScheduleRecord>>) -> DeploymentRecord {
    let mut record = deployment(flow("daily", "finance-daily", 1), "eu");
    record.schedules = Vec::leak(schedules.into());
    record.parameters = days_7();
    record
}

/// A schedule of each kind.
fn three() -> Desired {
    desired(with([
        cron("main", "0 6 * * MON-FRI"),
        interval("often", "1h30m"),
        rrule("monthly", "FREQ=MONTHLY;BYDAY=-1FR"),
    ]))
}

fn server() -> Observed {
    let pool = json!({ "id": uuid::Uuid::new_v4(), "name": "default", "type": "process" });
    let mut observed = Observed {
        capabilities: "2.20.26".parse().unwrap(),
        ..Observed::default()
    };
    observed
        .pools
        .insert("default".to_owned(), serde_json::from_value(pool).unwrap());
    observed
}

fn observed(desired: &Desired) -> Observed {
    let mut observed = server();
    let sent = try_plan(vec![desired.clone()], &observed, &config()).unwrap();
    let desired = &sent.deployments[0].desired;
    observed
        .deployments
        .insert(desired.key.clone(), stored_by_2(desired));
    observed
}

fn try_plan(desired: Vec<Desired>, observed: &Observed, config: &Config) -> Result<Plan, Failure> {
    plan(
        desired,
        observed,
        ArtifactPlans::default(),
        config,
        &PlanOptions::default(),
    )
}

fn planned(desired: Desired, observed: &Observed) -> Plan {
    try_plan(vec![desired], observed, &config()).unwrap()
}

fn update(plan: &Plan) -> &Update {
    match &plan.deployments[0].action {
        Action::Update(update) => update,
        other => panic!("{other:?}"),
    }
}

/// The plan from one set of schedules, some switched off by an operator, to another.
fn rescheduled(
    before: impl Into<Vec<ScheduleRecord>>,
    switched_off: &[usize],
    after: impl Into<Vec<ScheduleRecord>>,
) -> (Observed, Result<Plan, Failure>) {
    let before = desired(with(before));
    let mut observed = observed(&before);
    let stored = observed.deployments.values_mut().next().unwrap();
    stored.schedules.reverse();
    for index in switched_off {
        stored.schedules[*index].active = false;
    }
    let plan = try_plan(vec![desired(with(after))], &observed, &config());
    (observed, plan)
}

#[test]
fn what_was_written_is_unchanged_when_read_back() {
    let plan = planned(three(), &observed(&three()));
    assert!(plan.is_empty(), "{}", plan_text::plan(&plan));
}

#[test]
fn everything_that_cannot_be_stored_is_named_at_once() {
    let mut limited = with([cron("main", "0 6 * * *")]);
    limited.concurrency = Some(Concurrency {
        limit: 2,
        on_collision: CollisionStrategy::Enqueue,
    });
    let mut overriding = deployment(limited.flow, "us");
    let mut schedule = cron("month-end", "0 6 1 * *");
    schedule.parameters = days_7();
    overriding.schedules = Vec::leak(vec![cron("main", "0 5 * * *"), schedule]);
    let failure = try_plan(
        vec![desired(limited), desired(overriding)],
        &server(),
        &config(),
    );
    assert_eq!(
        failure.unwrap_err().to_string(),
        "error: deployment `daily/eu` at projects/finance/daily/src/lib.rs:7:1: \
         `concurrency` cannot be stored by Prefect 2.20.26\n\
         help: leave it out, or use a server of Prefect 3\n\
         error: deployment `daily/us` at projects/finance/daily/src/lib.rs:7:1: \
         `parameters` of schedule `month-end` cannot be stored by Prefect 2.20.26\n\
         help: move the schedule to a deployment of its own with these parameters, \
         or use a server of Prefect 3"
    );
}

#[test]
fn a_changed_schedule_among_several_is_found_by_elimination() {
    let (observed, plan) = rescheduled(
        [
            cron("main", "0 6 * * *"),
            cron("noon", "0 12 * * *"),
            interval("often", "1h"),
        ],
        &[0],
        [
            cron("main", "30 6 * * *"),
            cron("noon", "0 12 * * *"),
            interval("often", "2h"),
        ],
    );
    let plan = plan.unwrap();
    let stored = &observed.deployments.values().next().unwrap().schedules;
    let changed: Vec<_> = update(&plan)
        .schedules
        .iter()
        .map(|change| match change {
            ScheduleChange::Change { id, slug, .. } => (*id, slug.as_str()),
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(
        changed,
        [(stored[0].id, "main"), (stored[2].id, "often")],
        "each keeps its id"
    );
    assert_eq!(plan.deployments[0].inactive, ["main"], "and its pause");
    assert_eq!(update(&plan).fields, DeploymentUpdate::default());
    assert_eq!(update(&plan).whole, None);
}

#[test]
fn a_removed_schedule_is_told_by_what_it_says() {
    let (_, plan) = rescheduled(
        [cron("main", "0 6 * * *"), cron("noon", "0 12 * * *")],
        &[],
        [cron("noon", "0 12 * * *")],
    );
    let text = plan_text::plan(&plan.unwrap());
    assert!(
        text.contains("    - schedule cron `0 6 * * *` (Europe/Oslo)\n"),
        "{text}"
    );
}

/// As one that an operator has made by hand, or two applies at once.
#[test]
fn a_schedule_that_is_there_twice_is_removed_once() {
    let one = || cron("main", "0 6 * * *");
    let (observed, plan) = rescheduled([one(), cron("again", "0 6 * * *")], &[1], [one()]);
    let plan = plan.unwrap();
    let stored = &observed.deployments.values().next().unwrap().schedules;
    let [ScheduleChange::Remove { id, .. }] = update(&plan).schedules.as_slice() else {
        panic!("{:?}", update(&plan).schedules);
    };
    assert_eq!(*id, stored[1].id);
    assert!(plan.deployments[0].inactive.is_empty());
}

#[test]
fn equal_schedules_are_told_apart_by_what_is_declared_active() {
    let mut off = cron("off", "0 6 * * *");
    off.active = Some(false);
    let mut on = cron("on", "0 6 * * *");
    on.active = Some(true);
    let declared = || [cron("main", "0 6 * * *"), copy(&on), copy(&off)];
    let mut backwards = declared();
    backwards.reverse();
    for before in [declared(), backwards] {
        let (_, plan) = rescheduled(before, &[], declared());
        let plan = plan.unwrap();
        assert!(plan.is_empty(), "{}", plan_text::plan(&plan));
        assert_eq!(plan.deployments[0].inactive, ["off"]);
    }
}

/// Records are not `Clone`.
fn copy(record: &ScheduleRecord) -> ScheduleRecord {
    ScheduleRecord {
        slug: record.slug.clone(),
        schedule: record.schedule.clone(),
        active: record.active,
        parameters: record.parameters,
    }
}

#[test]
fn a_pause_that_may_be_of_either_schedule_is_not_guessed() {
    let before = || [cron("main", "0 6 * * *"), cron("noon", "0 12 * * *")];
    let after = || [cron("main", "5 6 * * *"), cron("noon", "5 12 * * *")];
    let (_, plan) = rescheduled(before(), &[1], after());
    let text = plan.unwrap_err().to_string();
    assert!(
        text.contains(
            "`daily/eu` at projects/finance/daily/src/lib.rs:7:1: an operator has switched off one"
        ) && text.contains("which of `main`, `noon` that is now"),
        "{text}"
    );
    let (_, plan) = rescheduled(before(), &[0, 1], after());
    assert_eq!(plan.unwrap().deployments[0].inactive, ["main", "noon"]);
    let mut decided = after();
    decided[0].active = Some(true);
    decided[1].active = Some(false);
    let (_, plan) = rescheduled(before(), &[1], decided);
    assert_eq!(plan.unwrap().deployments[0].inactive, ["noon"]);
}

#[test]
fn a_field_that_a_patch_takes_is_patched() {
    let mut other = three();
    other.fields.parameters.insert("days".to_owned(), json!(8));
    other.fields.work_queue_name = Some("fast".to_owned());
    let plan = planned(three(), &observed(&other));
    assert_eq!(update(&plan).whole, None);
    let sent = serde_json::to_value(&update(&plan).fields).unwrap();
    let mut names: Vec<&String> = sent.as_object().unwrap().keys().collect();
    names.sort();
    // A pool without job variables is refused.
    let expected = [
        "enforce_parameter_schema",
        "job_variables",
        "parameters",
        "work_pool_name",
        "work_queue_name",
    ];
    assert_eq!(names, expected);
}

#[test]
fn a_changed_schema_is_written_as_a_whole_with_every_pause() {
    let mut other = three();
    other.fields.parameter_openapi_schema["properties"] = json!({ "new": { "type": "string" } });
    let mut observed = observed(&other);
    let stored = observed.deployments.values_mut().next().unwrap();
    stored.paused = true;
    stored.pull_steps = Some(json!([{ "by": "hand" }]));
    for schedule in &mut stored.schedules {
        schedule.active = !json!(schedule.schedule)["rrule"].is_string();
    }
    let plan = planned(three(), &observed);
    let text = plan_text::plan(&plan);
    assert!(text.contains("    written as a whole, since"), "{text}");
    assert_eq!(update(&plan).fields, DeploymentUpdate::default());
    let whole: &DeploymentWrite = update(&plan).whole.as_ref().unwrap();
    let active: Vec<_> = whole.schedules.iter().map(|one| one.active).collect();
    assert_eq!(active, [Some(true), Some(true), Some(false)]);
    assert_eq!(whole.paused, Some(true));
    assert_eq!(whole.pull_steps, [json!({ "by": "hand" })]);
    let stored = observed.deployments.values().next().unwrap();
    assert_eq!(whole.flow_id, stored.flow_id);
}

#[test]
fn a_runners_command_with_quotes_is_refused_once() {
    let config = config_of(
        "[workspace]\nname = \"acme\"\n[defaults]\npool = \"default\"\n[runner]\ncommand = \"'/a b'\"\n",
    );
    let record = Box::leak(Box::new(with([])));
    let desired = || Desired::new(record, &PACKAGE, &config, None).unwrap();
    let failure = try_plan(vec![desired(), desired()], &server(), &config).unwrap_err();
    assert_eq!(
        failure.to_string(),
        "error: the runner's command `'/a b'` has quotes, which workers of Prefect 2.20.26 do not \
         know\nhelp: write it without quotes: its words are what stands between single blanks"
    );
}

#[test]
fn a_schema_is_sent_in_the_words_of_draft_4() {
    let mut desired = three();
    let schema = |required: &[&str], anything: serde_json::Value| {
        let mut schema = json!({
            "type": "object",
            "properties": { "list": { "type": "array", "items": anything, "default": [true, []] } },
            "definitions": {
                "One": { "properties": { "any": anything }, "additionalProperties": true },
            },
        });
        if !required.is_empty() {
            schema["required"] = json!(required);
        }
        schema
    };
    desired.fields.parameter_openapi_schema = schema(&[], json!(true));
    desired.fields.parameter_openapi_schema["required"] = json!([]);
    let plan = planned(desired.clone(), &server());
    let sent = &plan.deployments[0].desired.fields.parameter_openapi_schema;
    assert_eq!(*sent, schema(&[], json!({})));
    assert!(planned(desired, &observed(&plan.deployments[0].desired)).is_empty());

    let mut refused = three();
    refused.fields.parameter_openapi_schema = schema(
        &["list"],
        json!({ "type": "number", "exclusiveMinimum": 0 }),
    );
    let failure = try_plan(vec![refused], &server(), &config()).unwrap_err();
    assert!(
        failure.to_string().starts_with(
            "error: deployment `daily/eu` at projects/finance/daily/src/lib.rs:7:1: \
             `exclusiveMinimum` in the schema of its parameters cannot be stored by Prefect 2.20.26"
        ),
        "{failure}"
    );
}
