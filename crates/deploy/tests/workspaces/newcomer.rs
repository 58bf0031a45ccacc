//! From an empty folder to deployed flows, as `init` and `new` make them.

use std::fs;

use serde_json::Value;

use crate::process::finish;
use crate::server::deployments;
use crate::sources::COUNT;
use crate::workspace::Workspace;

const WITH_A_SCHEDULE: [&str; 17] = [
    "new",
    "finance/daily_report",
    "--deployment=eu",
    "--schedule=0 6 * * MON-FRI",
    "--timezone=Europe/Oslo",
    "--queue=kubernetes",
    "--image=ghcr.io/acme/flows:1.4.0",
    "--param=region: String = eu",
    "--param=days: u32 = 7",
    "--param=share: f64 = 0.5",
    "--param=areas: Vec<String> = NO1, SE3",
    "--param=until: Option<i64>",
    "--param=folder: PathBuf = data",
    "--param=weights: BTreeMap<String, Vec<f64>> = {\"NO1\": [0.5, 1]}",
    "--param=limits: HashMap<String, Option<u8>> = {}",
    "--param=range: (i64, [char; 2]) = [1, [\"a\", \"b\"]]",
    "--param=filter: serde_json::Value = {\"open\": true}",
];

const ON_DEMAND: [&str; 4] = [
    "new",
    "sales/refunds-by-day",
    "--param=product: String",
    "--output=json",
];

#[test]
fn a_newcomer_gets_from_nothing_to_deployed_flows() {
    let mut workspace = Workspace::new();
    workspace.flow("demo/count", "", COUNT);
    let made = workspace.beside("acme");
    let place = made.to_str().expect("a readable path");
    workspace
        .deploy(&["init", place])
        .code(0)
        .prints(&["projects/demo/hello/src/lib.rs", "cargo run --bin deploy"])
        .says(&["Cargo.toml takes Longshore from the checkout"]);
    finish(workspace.built_deploy().args(["init", place]))
        .code(1)
        .says(&[
            "Cargo.toml` exists already",
            "`projects/demo/hello` exists already",
        ]);
    workspace.take_the_place_of_this(&made);

    add_flows(&workspace);
    deploy_twice(&workspace);
    test_all(&workspace);
}

#[test]
fn a_workspace_may_take_longshore_from_a_repository() {
    let mut workspace = Workspace::new();
    workspace.flow("demo/count", "", COUNT);
    let made = workspace.beside("acme");
    let place = made.to_str().expect("a readable path");
    let url = workspace.published_repository();
    let init = workspace.deploy(&["init", place, "--longshore-git", &url]);
    assert!(!init.code(0).stderr.contains("takes Longshore from"));
    workspace.take_the_place_of_this(&made);

    // What the program carries along, such as the files of a new flow, was in the repository.
    workspace.deploy(&["new", "finance/daily_report"]).code(0);
    let listed = workspace.deploy(&["list", "--offline"]).code(0);
    listed.prints(&["hello/hourly", "daily-report/main"]);
    let lock = workspace.read("Cargo.lock");
    assert!(lock.contains(&format!("source = \"git+{url}#")), "{lock}");
}

fn add_flows(workspace: &Workspace) {
    let manifest = workspace.read("Cargo.toml");
    workspace.deploy(&WITH_A_SCHEDULE).code(0).prints(&[
        "made projects/finance/daily_report: Cargo.toml, src/lib.rs",
        "linked in Cargo.toml: finance-daily-report = { path = \"projects/finance/daily_report\" }",
        "next: cargo test -p finance-daily-report",
    ]);
    let second = workspace.deploy(&ON_DEMAND).code(0);
    let second: Value = serde_json::from_str(&second.stdout).expect("JSON");
    assert_eq!(second["package"], "sales-refunds-by-day");

    let hello = "demo-hello = { path = \"projects/demo/hello\" }\n";
    let links = "finance-daily-report = { path = \"projects/finance/daily_report\" }\n\
                 sales-refunds-by-day = { path = \"projects/sales/refunds-by-day\" }\n";
    let linked = manifest.replace(hello, &format!("{hello}{links}"));
    assert_eq!(
        workspace.read("Cargo.toml"),
        linked,
        "the rest stays as it is"
    );

    let again = finish(workspace.built_deploy().args(ON_DEMAND)).code(1);
    again.says(&["`projects/sales/refunds-by-day` exists already"]);
    let nameless = finish(workspace.built_deploy().arg("new")).code(1);
    nameless.says(&["there is no terminal to ask on", "--schedule", "--param"]);
    assert_eq!(workspace.read("Cargo.toml"), linked);
}

fn deploy_twice(workspace: &Workspace) {
    let first = workspace.deploy(&[]).code(0).says(&["3 created"]);
    let first = first.prints(&["hello/hourly", "daily-report/eu", "refunds-by-day/main"]);
    assert!(!first.stderr.contains("warning"), "{first}");
    let registered = deployments(&workspace.state());
    workspace
        .deploy(&[])
        .code(0)
        .says(&["nothing changed: 3 unchanged"]);
    assert_eq!(
        deployments(&workspace.state()),
        registered,
        "the second apply wrote to the server"
    );
}

/// The tests that were written with the flows, and that of the registry; the sources are as rustfmt writes them, and
/// clippy has nothing to say.
fn test_all(workspace: &Workspace) {
    let tested = finish(&mut workspace.cargo(&["test", "--workspace"])).code(0);
    assert!(!tested.stderr.contains("warning"), "{tested}");
    let passed = tested
        .stdout
        .matches("completes_with_one_task ... ok")
        .count();
    assert_eq!(passed, 3, "{tested}");

    // With more parameters than clippy allows a function of any other kind.
    let lints = [
        "clippy",
        "-p",
        "finance-daily-report",
        "--all-targets",
        "--",
        "-D",
        "warnings",
    ];
    finish(&mut workspace.cargo(&lints)).code(0);

    let mut format = workspace.cargo(&["fmt", "--check"]);
    for package in [
        "flows",
        "demo-hello",
        "finance-daily-report",
        "sales-refunds-by-day",
    ] {
        format.args(["--package", package]);
    }
    finish(&mut format).code(0);
    let ignored = fs::read_to_string(workspace.root().join(".gitignore")).expect("a file");
    assert_eq!(ignored, "/target/\n/.longshore/\n");
}
