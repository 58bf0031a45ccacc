//! The first apply, the second one, and one after an edit.

use std::fs;
use std::path::PathBuf;
use std::time::SystemTime;

use serde_json::{Value, json};

use crate::process::finish;
use crate::server::deployments;
use crate::sources::{COUNT, GREET, GREET_DEPENDENCIES};
use crate::workspace::Workspace;

#[test]
fn a_second_apply_changes_nothing_and_an_edit_changes_only_what_was_edited() {
    let mut workspace = Workspace::new();
    workspace.flow("demo/greet", GREET_DEPENDENCIES, GREET);
    workspace.flow("other/count", "", COUNT);
    create_everything(&workspace);
    repeat(&workspace);
    plan_another_queue(&workspace);
    edit_a_schedule(&workspace);
}

#[test]
fn what_only_works_here_is_refused_for_a_server_elsewhere() {
    let mut workspace = Workspace::new();
    workspace.flow("demo/greet", GREET_DEPENDENCIES, GREET);
    let deploy = |arguments: &[&str]| {
        let mut command = workspace.cargo(&["run", "--bin", "deploy", "--"]);
        // Nobody is asked before that is clear, so that nobody has to be there.
        let url = "http://prefect.example.invalid:4200/api";
        finish(command.args(arguments).env("PREFECT_API_URL", url))
    };
    deploy(&["--profile", "dev"]).code(1).says(&[
        "the artifacts would lie in a folder of this machine",
        "`greet/hourly`, `greet/weekly`",
        "--storage az://flows",
        "--allow-local-store",
        "the profile `dev` is for trying things out",
        "leave `--profile` out, which means `release`",
    ]);
    deploy(&["plan", "--no-build", "--allow-local-store"])
        .code(1)
        .says(&["prefect.example.invalid"])
        .says_once("error:");

    workspace.edit(
        "longshore.toml",
        "type = \"process\"",
        "type = \"process\"\ntarget = \"s390x-unknown-linux-gnu\"",
    );
    let plan = workspace.deploy(&["plan"]).code(1);
    plan.says(&[
        "work pool `default` runs programs for `s390x-unknown-linux-gnu`, its artifact is for ",
        "`[pools.default] target` in longshore.toml",
    ]);
}

fn create_everything(workspace: &Workspace) {
    workspace.deploy(&["plan"]).code(2).prints(&[
        "+ greet/hourly",
        "+ greet/weekly",
        "+ count/daily",
        "+ work pool `default` of type process",
        "3 to create, 0 to update, 0 unchanged",
    ]);
    assert!(workspace.artifacts().is_empty(), "plan stores nothing");

    let first = workspace
        .deploy(&[])
        .code(0)
        .says(&["target: the embedded server in .longshore/", "3 created"]);
    let first = first.prints(&["greet/hourly", "greet/weekly", "count/daily", "kubernetes"]);
    for place in ["demo/greet", "other/count"] {
        let digests = workspace.digests(place);
        assert_eq!(digests.len(), 1, "{place}");
        let short = digests[0].get(..12).expect("a digest in hex");
        assert!(first.stdout.contains(short), "{first}");
    }
}

fn repeat(workspace: &Workspace) {
    let stored = times(workspace);
    let registered = deployments(&workspace.state());
    workspace
        .deploy(&[])
        .code(0)
        .says(&["nothing changed: 3 unchanged"])
        .prints(&["unchanged"]);
    // The rows, with the time of their last change; redb itself writes to its file whenever it is closed.
    assert_eq!(
        deployments(&workspace.state()),
        registered,
        "the second apply wrote to the server"
    );
    assert_eq!(
        times(workspace),
        stored,
        "artifacts are never written again"
    );
    workspace
        .deploy(&["plan"])
        .code(0)
        .prints(&["nothing to do: 3 unchanged"]);
}

fn plan_another_queue(workspace: &Workspace) {
    workspace.edit(
        "longshore.toml",
        "queue = \"kubernetes\"",
        "queue = \"spot\"",
    );
    let plan = workspace.deploy(&["plan", "--output", "json"]).code(2);
    let plan: Value = serde_json::from_str(&plan.stdout).expect("JSON");
    let deployments = plan["deployments"].as_array().expect("a list");
    assert_eq!(deployments.len(), 3);
    for deployment in deployments {
        let changes = deployment["changes"].as_array().expect("a list");
        assert_eq!(changes.len(), 1, "{plan:#}");
        assert_eq!(changes[0]["field"], "work_queue_name", "{plan:#}");
        assert_eq!(deployment["schedules"], json!([]), "{plan:#}");
    }
    workspace.edit(
        "longshore.toml",
        "queue = \"spot\"",
        "queue = \"kubernetes\"",
    );
}

fn edit_a_schedule(workspace: &Workspace) {
    let registered = deployments(&workspace.state());
    workspace.edit(
        "projects/demo/greet/src/lib.rs",
        "0 6 * * MON",
        "30 6 * * MON",
    );
    let plan = workspace.deploy(&["plan"]).code(2).prints(&[
        "~ greet/weekly",
        "schedule main, schedule: cron `0 6 * * MON` (Europe/Oslo) -> cron `30 6 * * MON` (Europe/Oslo)",
        "0 to create, 2 to update, 1 unchanged",
    ]);
    // The program holds its schedules, so both deployments get its new artifact; nothing else of them differs.
    let of_artifact = [
        "needs ",
        "version:",
        "job_variables.artifact:",
        "job_variables.command:",
        "job_variables.sha256:",
    ];
    let fields = plan
        .stdout
        .lines()
        .filter(|line| line.starts_with("    "))
        .map(str::trim);
    let others: Vec<&str> = fields
        .filter(|line| !of_artifact.iter().any(|field| line.starts_with(field)))
        .collect();
    assert_eq!(others.len(), 1, "{plan}");
    workspace
        .deploy(&[])
        .code(0)
        .says(&["2 updated, 1 unchanged"]);

    let changed = deployments(&workspace.state());
    assert_eq!(changed.len(), registered.len());
    for (name, before) in &registered {
        let now = &changed[name];
        assert_eq!(now.id, before.id, "{name}");
        let (schedule, former) = (&now.schedules[0], &before.schedules[0]);
        assert_eq!(schedule.id, former.id, "{name} keeps its schedule");
        assert_eq!(schedule.schedule == former.schedule, name != "weekly");
        assert_eq!(now.version == before.version, name == "daily", "{name}");
    }
    workspace.deploy(&["plan"]).code(0);
}

/// When each file of the store was written.
fn times(workspace: &Workspace) -> Vec<(PathBuf, SystemTime)> {
    let store = workspace.state().join("artifacts");
    let artifacts = workspace.artifacts().into_iter();
    let with_times = artifacts.map(|path| {
        let file = fs::metadata(store.join(&path)).expect("an artifact");
        (path, file.modified().expect("a time"))
    });
    with_times.collect()
}
