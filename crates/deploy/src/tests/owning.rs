//! Renamed, removed, adopted and foreign deployments: plans as values.

use serde_json::json;

use super::sample::{config, cron, deployment, desired, flow, pool, stored};
use crate::desired::Desired;
use crate::error::Failure;
use crate::observe::Observed;
use crate::plan::options::{Orphans, PlanOptions};
use crate::plan::{Action, ArtifactPlans, Plan, plan};
use crate::report::{json as report_json, plan_text};

const OURS: &str = "longshore:acme/default";

fn named(name: &'static str, former: Option<&'static str>) -> Desired {
    let mut record = deployment(flow("daily", "finance-daily", 1), name);
    record.schedules = Box::leak(Box::new([
        cron("main", "0 6 * * *"),
        cron("late", "0 22 * * *"),
    ]));
    record.renamed_from = former.map(|former| former.parse().unwrap());
    desired(record)
}

/// A server that has these deployments, each with these tags.
fn observed(all: &[(&'static str, &[&str])]) -> Observed {
    let mut observed = Observed::default();
    observed
        .pools
        .insert("default".to_owned(), pool(&json!({})));
    let queues = ["default", "slow"].map(str::to_owned).into();
    observed.queues.insert("default".to_owned(), queues);
    for (name, tags) in all {
        let desired = named(name, None);
        let mut stored = stored(&desired);
        stored.tags = ["finance"]
            .iter()
            .chain(*tags)
            .map(ToString::to_string)
            .collect();
        observed.deployments.insert(desired.key, stored);
    }
    observed
}

fn with(
    desired: Vec<Desired>,
    observed: &Observed,
    options: &PlanOptions,
) -> Result<Plan, Failure> {
    plan(
        desired,
        observed,
        ArtifactPlans::default(),
        &config(),
        options,
    )
}

fn planned(desired: Vec<Desired>, observed: &Observed) -> Plan {
    with(desired, observed, &PlanOptions::default()).unwrap()
}

fn pruning(limit: u8) -> PlanOptions {
    PlanOptions {
        orphans: Orphans::Delete { limit },
        ..PlanOptions::default()
    }
}

#[test]
fn a_renamed_deployment_replaces_the_former_one() {
    let plan = planned(
        vec![named("new", Some("old"))],
        &observed(&[("old", &[OURS])]),
    );
    assert!(plan.orphans.is_empty(), "the former one is no orphan");
    let text = plan_text::plan(&plan);
    assert!(text.starts_with("+ daily/new\n"), "{text}");
    assert!(
        text.ends_with(
            "    then pause, empty and delete daily/old (renamed)\n\
             1 to create, 0 to update, 1 to delete, 0 unchanged\n"
        ),
        "{text}"
    );
    let value = report_json::plan(&plan, "a server");
    assert_eq!(value["deployments"][0]["renamed_from"], json!("old"));
}

#[test]
fn what_an_operator_has_paused_stays_paused_under_the_new_name() {
    let mut observed = observed(&[("old", &[OURS])]);
    let old = observed.deployments.values_mut().next().unwrap();
    old.paused = true;
    old.schedules[1].active = false;
    let plan = planned(vec![named("new", Some("old"))], &observed);
    let body = serde_json::to_value(plan.deployments[0].desired.write(uuid::Uuid::nil())).unwrap();
    assert_eq!(body["paused"], json!(true));
    let schedules = body["schedules"].as_array().unwrap();
    assert_eq!(schedules[0].get("active"), None);
    assert_eq!(schedules[1]["active"], json!(false));
    assert!(plan.deployments[0].paused);
    assert_eq!(plan.deployments[0].inactive, ["late"]);
}

#[test]
fn a_pause_is_not_carried_over_where_the_attribute_says_active() {
    let mut observed = observed(&[("old", &[OURS])]);
    observed.deployments.values_mut().next().unwrap().paused = true;
    let mut record = deployment(flow("daily", "finance-daily", 1), "new");
    record.renamed_from = Some("old".parse().unwrap());
    record.active = Some(true);
    let plan = planned(vec![desired(record)], &observed);
    assert_eq!(plan.deployments[0].desired.fields.paused, Some(false));
}

#[test]
fn a_rename_that_was_cut_off_is_finished() {
    let plan = planned(
        vec![named("new", Some("old"))],
        &observed(&[("old", &[OURS]), ("new", &[OURS])]),
    );
    assert!(matches!(plan.deployments[0].action, Action::Unchanged));
    assert!(!plan.is_empty());
    assert_eq!(
        plan_text::plan(&plan),
        "~ daily/new\n    then pause, empty and delete daily/old (renamed)\n\
         0 to create, 1 to update, 1 to delete, 0 unchanged\n"
    );
}

#[test]
fn a_rename_that_is_done_does_nothing() {
    let plan = planned(
        vec![named("new", Some("old"))],
        &observed(&[("new", &[OURS])]),
    );
    assert!(plan.is_empty(), "{}", plan_text::plan(&plan));
}

#[test]
fn only_what_is_ours_and_no_longer_declared_is_taken_over() {
    let foreign: [&[&str]; 4] = [
        &[],
        &["longshore:other/default"],
        &["longshore:acme/staging"],
        &[OURS, "longshore:other/default"],
    ];
    for tags in foreign {
        let plan = planned(vec![named("new", Some("old"))], &observed(&[("old", tags)]));
        assert_eq!(plan.deployments[0].former, None, "{tags:?}");
    }
    // The former name is taken by a new deployment, which this command has not chosen.
    let mut options = PlanOptions::default();
    options.declared.insert(named("old", None).key);
    let observed = observed(&[("old", &[OURS])]);
    let plan = with(vec![named("new", Some("old"))], &observed, &options).unwrap();
    assert_eq!(plan.deployments[0].former, None);
}

#[test]
fn two_deployments_cannot_be_renamed_from_one() {
    let both = vec![named("a", Some("old")), named("b", Some("old"))];
    let text = with(both, &observed(&[]), &PlanOptions::default())
        .unwrap_err()
        .to_string();
    assert_eq!(
        text,
        "error: deployments `daily/a` at projects/finance/daily/src/lib.rs:7:1 and `daily/b` at projects/finance/daily/src/lib.rs:7:1 are both renamed from `daily/old`\n\
         help: take `renamed_from` out of one of them"
    );
}

#[test]
fn a_prune_deletes_what_is_exactly_ours_and_undeclared() {
    let observed = observed(&[
        ("kept", &[OURS]),
        ("gone", &[OURS]),
        ("unchosen", &[OURS]),
        ("by-hand", &[]),
        ("other", &["longshore:other/default"]),
        ("staging", &["longshore:acme/staging"]),
        ("longer", &["longshore:acme/default-2"]),
        ("shared", &[OURS, "longshore:other/default"]),
    ]);
    let mut options = pruning(50);
    options.declared.insert(named("unchosen", None).key);
    let plan = with(vec![named("kept", None)], &observed, &options).unwrap();
    assert_eq!(
        plan_text::plan(&plan),
        "- delete daily/gone\n0 to create, 0 to update, 1 to delete, 1 unchanged\n"
    );
    assert!(!plan.is_empty() && plan.orphans.is_empty());
    assert_eq!(
        report_json::plan(&plan, "a server")["deletions"],
        json!([{ "flow": "daily", "deployment": "gone", "action": "delete" }])
    );
}

#[test]
fn a_prune_of_too_many_is_refused_with_the_numbers() {
    let all: Vec<(&'static str, &[&str])> = ["a", "b", "c"]
        .into_iter()
        .map(|name| (name, [OURS].as_slice()))
        .collect();
    let declared = || vec![named("a", None), named("b", None)];
    let text = with(declared(), &observed(&all), &pruning(30))
        .unwrap_err()
        .to_string();
    assert_eq!(
        text,
        "error: `--prune` would delete 1 of the 3 deployments that this workspace has on the server \
         (34 %), more than 30 %: `daily/c`\nhelp: if that is meant, give `--prune-limit 34`"
    );
    assert_eq!(
        with(declared(), &observed(&all), &pruning(34))
            .unwrap()
            .removals
            .len(),
        1
    );
}

#[test]
fn a_rename_is_not_counted_as_pruned() {
    let plan = with(
        vec![named("new", Some("old"))],
        &observed(&[("old", &[OURS])]),
        &pruning(0),
    );
    assert!(plan.unwrap().removals.is_empty());
}

#[test]
fn a_deployment_made_by_hand_is_adopted_only_when_told_to() {
    let mut observed = observed(&[("eu", &[])]);
    let stored = observed.deployments.values_mut().next().unwrap();
    let mut by_hand = stored.schedules[0].clone();
    by_hand.slug = None;
    stored.schedules.push(by_hand);
    let text = with(vec![named("eu", None)], &observed, &PlanOptions::default())
        .unwrap_err()
        .to_string();
    assert_eq!(
        text,
        "error: deployment `daily/eu` at projects/finance/daily/src/lib.rs:7:1: a deployment of this name is on the server already, and no Longshore workspace created it\n\
         help: `--adopt` takes it over and makes it as declared; else rename one of the two"
    );
    let adopting = PlanOptions {
        adopt: true,
        ..PlanOptions::default()
    };
    let plan = with(vec![named("eu", None)], &observed, &adopting).unwrap();
    let Action::Update(update) = &plan.deployments[0].action else {
        panic!("{:?}", plan.deployments[0].action);
    };
    assert_eq!(
        serde_json::to_value(&update.fields).unwrap(),
        json!({ "tags": ["finance", OURS] })
    );
    let text = plan_text::plan(&plan);
    assert!(
        text.contains("    schedules that were made by hand and stay: 1\n"),
        "{text}"
    );
}

#[test]
fn another_owner_is_not_adopted() {
    let observed = observed(&[("eu", &["longshore:other/default"])]);
    let adopting = PlanOptions {
        adopt: true,
        ..PlanOptions::default()
    };
    let text = with(vec![named("eu", None)], &observed, &adopting)
        .unwrap_err()
        .to_string();
    assert!(text.contains("belongs to another owner"), "{text}");
}

#[test]
fn destroy_deletes_what_is_exactly_ours() {
    let observed = observed(&[
        ("a", &[OURS]),
        ("b", &[OURS]),
        ("by-hand", &[]),
        ("other", &["longshore:other/default"]),
    ]);
    let plan = Plan::destroy(&observed, OURS);
    assert_eq!(
        plan_text::plan(&plan),
        "- delete daily/a\n- delete daily/b\n2 to delete\n"
    );
}
