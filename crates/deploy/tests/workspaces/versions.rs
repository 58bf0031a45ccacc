//! Going back and collecting with a local store, on the embedded server.

use longshore_prefect::Deployment;
use serde_json::Value;

use crate::server::deployments;
use crate::workspace::Workspace;

const LIBRARY: &str = "projects/demo/count/src/lib.rs";

const COUNT: &str = r#"
use longshore::deployment;

#[deployment(name = "daily", schedule = "0 3 * * *")]
pub fn count() {
    println!("first");
}
"#;

fn stored(workspace: &Workspace) -> Deployment {
    let mut all = deployments(&workspace.state());
    all.remove("daily").expect("the deployment")
}

#[test]
fn an_older_program_comes_back_and_unused_ones_go() {
    let mut workspace = Workspace::new();
    workspace.flow("demo/count", "", COUNT);
    workspace.deploy(&[]).code(0);
    let first = stored(&workspace);
    workspace.edit(LIBRARY, "first", "second");
    workspace.deploy(&[]).code(0);
    let second = stored(&workspace);

    let history = workspace.deploy(&["history", "count/daily", "--output", "json"]);
    let history: Value = serde_json::from_str(&history.code(0).stdout).expect("JSON");
    let versions = history["versions"].as_array().expect("a list");
    let shown: Vec<&Value> = versions.iter().map(|version| &version["sha256"]).collect();
    assert_eq!(
        shown,
        [
            &second.job_variables["sha256"],
            &first.job_variables["sha256"]
        ]
    );

    workspace
        .deploy(&["rollback", "count/daily", "--yes"])
        .code(0);
    let back = stored(&workspace);
    // The program of a local store is itself the command.
    assert_eq!(back.job_variables, first.job_variables);
    assert_eq!(back.version, first.version);
    assert_eq!(back.schedules, second.schedules);
    workspace
        .deploy(&["rollback", "count/daily", "--yes"])
        .code(1)
        .says(&["there is no version of `count/daily` before"]);
    workspace
        .deploy(&[])
        .code(3)
        .says(&["is left out: it was rolled back from version", "1 left out"]);

    let digest = second.version.expect("a version");
    let all = ["gc", "--keep", "0", "--older-than", "1ms", "--yes"];
    workspace
        .deploy(&all)
        .code(0)
        .says(&[&digest, "1 to delete, 1 to keep"])
        .prints(&["1 deleted, 0 failed"]);
    let left = first.job_variables["sha256"].as_str().expect("a digest");
    assert_eq!(workspace.digests("demo/count"), [left]);
    workspace
        .deploy(&["--undo-rollback"])
        .code(0)
        .prints(&["updated"]);
    assert_eq!(stored(&workspace).tags, second.tags);
}
