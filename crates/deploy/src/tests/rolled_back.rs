//! Deployments that were rolled back from the version that is built: left out, while the others go on.

use std::path::Path;

use longshore_prefect::{Deployment, DeploymentUpdate};
use serde_json::json;

use super::running::{ended, opened, start, workspace};
use super::sample::{artifact, config, deployment, desired, flow, pool, stored};
use crate::desired::Desired;
use crate::observe::Observed;
use crate::plan::options::{Orphans, PlanOptions};
use crate::plan::{Action, ArtifactPlan, ArtifactPlans, Plan, plan};
use crate::report::{json as report_json, plan_text};

/// The built version.
const BUILT: &str = "aaaaaaaaaaaa";

fn named(name: &'static str, former: Option<&'static str>) -> Desired {
    let mut record = deployment(flow("daily", "finance-daily", 1), name);
    record.renamed_from = former.map(|former| former.parse().unwrap());
    desired(record)
}

/// As the server has it after a rollback from the built version.
fn rolled_back(desired: &Desired) -> Deployment {
    let mut stored = stored(desired);
    stored.tags.push(format!("longshore-rollback:{BUILT}"));
    let older = artifact('b');
    stored.version = Some(older.digest.short());
    let variables = &mut stored.job_variables;
    variables.insert("artifact".to_owned(), json!(older.location));
    variables.insert("sha256".to_owned(), json!(older.digest.to_string()));
    stored
}

fn observed(stored: Vec<(Desired, Deployment)>) -> Observed {
    let mut observed = Observed::default();
    let template = json!({ "job_configuration": { "command": "longshore-run" } });
    observed.pools.insert("default".to_owned(), pool(&template));
    let queues = ["default", "slow"].map(str::to_owned).into();
    observed.queues.insert("default".to_owned(), queues);
    let stored = stored.into_iter();
    observed.deployments = stored
        .map(|(desired, stored)| (desired.key, stored))
        .collect();
    observed
}

fn planned(desired: Vec<Desired>, observed: &Observed, options: &PlanOptions) -> Plan {
    let artifacts = ArtifactPlans {
        containers: Vec::new(),
        artifacts: vec![ArtifactPlan {
            package: "finance-daily",
            location: artifact('a').location,
            libc: None,
            store: true,
        }],
    };
    plan(desired, observed, artifacts, &config(), options).unwrap()
}

#[test]
fn the_others_go_on_and_the_one_that_was_rolled_back_is_left_out() {
    let observed = observed(vec![(named("eu", None), rolled_back(&named("eu", None)))]);
    let options = PlanOptions::default();
    let plan = planned(
        vec![named("eu", None), named("us", None)],
        &observed,
        &options,
    );
    let [us] = plan.deployments.as_slice() else {
        panic!("{:?}", plan.deployments);
    };
    assert_eq!(us.desired.key.deployment, "us");
    assert!(matches!(us.action, Action::Create));
    let text = plan_text::plan(&plan);
    let expected = "! deployment `daily/eu` at projects/finance/daily/src/lib.rs:7:1 is left out: it was rolled back \
                    from version aaaaaaaaaaaa to bbbbbbbbbbbb, and aaaaaaaaaaaa is what would be deployed\n  \
                    help: deploy a fixed version, or give `--undo-rollback`; `--exclude` leaves it out without a \
                    warning\n1 to create, 0 to update, 0 unchanged, 1 left out\n";
    assert!(text.ends_with(expected), "{text}");
    let left_out = &report_json::plan(&plan, "a server")["left_out"][0];
    assert_eq!(left_out["deployment"], json!("eu"));
    assert_eq!(left_out["rolled_back_from"], json!(BUILT));
    assert_eq!(left_out["version"], json!("bbbbbbbbbbbb"));
}

#[test]
fn nothing_is_stored_for_deployments_that_are_left_out() {
    let observed = observed(vec![(named("eu", None), rolled_back(&named("eu", None)))]);
    let plan = planned(vec![named("eu", None)], &observed, &PlanOptions::default());
    assert!(plan.is_empty(), "{plan:#?}");
    assert_eq!(
        plan_text::plan(&plan).lines().last(),
        Some("nothing to do: 0 unchanged, 1 left out")
    );
}

#[test]
fn the_option_deploys_the_version_again() {
    let observed = observed(vec![(named("eu", None), rolled_back(&named("eu", None)))]);
    let options = PlanOptions {
        undo_rollback: true,
        ..PlanOptions::default()
    };
    let plan = planned(vec![named("eu", None)], &observed, &options);
    assert_eq!(plan.left_out, []);
    assert!(matches!(plan.deployments[0].action, Action::Update(_)));
    assert_eq!(
        plan.deployments[0].undoes_rollback.as_deref(),
        Some("bbbbbbbbbbbb")
    );
}

#[test]
fn a_rename_does_not_undo_a_rollback_and_a_prune_keeps_both_names() {
    let observed = observed(vec![(named("old", None), rolled_back(&named("old", None)))]);
    let options = PlanOptions {
        orphans: Orphans::Delete { limit: 100 },
        ..PlanOptions::default()
    };
    let plan = planned(vec![named("new", Some("old"))], &observed, &options);
    assert_eq!(plan.left_out[0].deployment.key.deployment, "new");
    assert!(plan.is_empty(), "{plan:#?}");
    assert_eq!(plan.removals, []);
}

async fn roll_back_by_hand(root: &Path) {
    let (server, client) = opened(root).await;
    let stored = client.deployment_by_name("daily", "eu").await.unwrap();
    let stored = stored.unwrap();
    let mut tags = stored.tags;
    tags.push(format!("longshore-rollback:{}", stored.version.unwrap()));
    let mut job_variables = stored.job_variables;
    job_variables.insert("sha256".to_owned(), json!("b".repeat(64)));
    let update = DeploymentUpdate {
        tags: Some(tags),
        job_variables: Some(job_variables),
        ..DeploymentUpdate::default()
    };
    client.update_deployment(stored.id, &update).await.unwrap();
    server.shutdown().await;
}

#[tokio::test]
async fn the_exit_code_says_that_something_is_left_out() {
    let folder = workspace();
    let root = folder.path();
    let (code, text) = ended(start(root, &[]));
    assert_eq!(code, Some(0), "{text}");
    roll_back_by_hand(root).await;
    for (words, expected) in [
        (["plan"].as_slice(), "! deployment `daily/eu` at"),
        (&["apply"], "warning: deployment `daily/eu` at"),
        (
            &["apply"],
            "help: deploy a fixed version, or give `--undo-rollback`",
        ),
        (&["apply"], "1 left out"),
    ] {
        let (code, text) = ended(start(root, words));
        assert_eq!(code, Some(3), "{text}");
        assert!(text.contains(expected), "{text}");
    }
    let (code, text) = ended(start(root, &["apply", "--output", "json"]));
    assert_eq!(code, Some(3), "{text}");
    assert!(text.contains("\"rolled_back_from\""), "{text}");
    let (code, text) = ended(start(root, &["--undo-rollback"]));
    assert_eq!(code, Some(0), "{text}");
    assert!(text.contains("1 updated"), "{text}");
}

#[test]
fn excluded_deployments_are_not_chosen() {
    let folder = workspace();
    let root = folder.path();
    for (pattern, expected) in [
        (
            "finance/daily/e*",
            "error: `--exclude` leaves no deployment\n",
        ),
        (
            "finance/daily/us",
            "error: no deployment fits `--exclude finance/daily/us`\nhelp: the workspace has `finance/daily/eu`\n",
        ),
    ] {
        let (code, text) = ended(start(root, &["check", "--exclude", pattern]));
        assert_eq!(code, Some(1), "{text}");
        assert!(text.contains(expected), "{text}");
    }
    let (code, text) = ended(start(root, &["--prune", "--exclude", "finance"]));
    assert_eq!(code, Some(1), "{text}");
    assert!(text.contains("`--exclude`"), "{text}");
}
