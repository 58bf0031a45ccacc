//! Same source, same digest.

use crate::process::{cargo_home, finish};
use crate::workspace::Workspace;

const ONLY_HELLO: [&str; 2] = ["--select", "demo/hello/*"];

#[test]
fn a_digest_depends_on_neither_the_folders_nor_the_other_flows() {
    let workspace = Workspace::clone_of_repository();
    workspace.deploy(&ONLY_HELLO).code(0);
    let first = workspace.digests("demo/hello");
    assert_eq!(first.len(), 1);

    let elsewhere = tempfile::tempdir().expect("a temporary folder");
    let other = Workspace::clone_of_another_user(elsewhere.path());
    // `deploy` itself may come from anywhere; the programs are built with the other folders.
    let mut build = other.cargo(&["build", "--bin", "deploy"]);
    build
        .env("CARGO_HOME", cargo_home())
        .env("CARGO_TARGET_DIR", workspace.target_folder());
    finish(&mut build).code(0);
    let mut deploy = other.command(&workspace.target_folder().join("debug/deploy"));
    finish(deploy.args(ONLY_HELLO)).code(0);
    assert_eq!(
        other.digests("demo/hello"),
        first,
        "another folder, CARGO_HOME and target folder"
    );

    // It brings features of serde_json and schemars that the first flow does not ask for.
    workspace.add_example("energy/day_ahead_prices");
    workspace
        .deploy(&[])
        .code(0)
        .says(&["building energy-day-ahead-prices"]);
    assert_eq!(workspace.digests("demo/hello"), first, "one more flow");
}
