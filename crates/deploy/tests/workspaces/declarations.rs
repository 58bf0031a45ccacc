//! Deployments that another crate declares of a flow.

use crate::process::Finished;
use crate::sources::{GREET, GREET_DEPENDENCIES};
use crate::workspace::{Workspace, repository};

/// Of a flow whose crate knows nothing of it.
const EVENING: &str = r#"//! What the team in Bergen runs.

use longshore::deployment;

#[deployment(name = "evening", schedule = cron("0 18 * * *", tz = "Europe/Oslo"), queue = "bergen", parameters(name = "Edvard"))]
use demo_greet::greet;
"#;

fn row<'a>(finished: &'a Finished, deployment: &str) -> Vec<&'a str> {
    let mut lines = finished.stdout.lines();
    let line = lines.find(|line| line.starts_with(deployment));
    let line = line.unwrap_or_else(|| panic!("no row of {deployment}: {finished}"));
    line.split_whitespace().collect()
}

#[test]
fn a_deployment_of_another_crate_is_deployed_with_the_program_of_the_flow() {
    let mut workspace = Workspace::new();
    workspace.flow("demo/greet", GREET_DEPENDENCIES, GREET);
    let runtime = repository().join("runtime");
    workspace.write(
        "bergen/Cargo.toml",
        &format!(
            "[package]\nname = \"bergen\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\n[dependencies]\n\
             longshore = {{ path = {runtime:?} }}\ndemo-greet = {{ path = \"../projects/demo/greet\" }}\n"
        ),
    );
    workspace.write("bergen/src/lib.rs", EVENING);
    workspace.link("bergen = { path = \"bergen\" }");
    workspace.edit(
        "src/bin/deploy.rs",
        "include!",
        "use bergen as _;\n\ninclude!",
    );

    let applied = workspace.deploy(&[]).code(0);
    let (own, other) = (
        row(&applied, "greet/hourly"),
        row(&applied, "greet/evening"),
    );
    assert_eq!(own.last(), other.last(), "one program: {applied}");
    assert!(
        other.contains(&"created") && other.contains(&"bergen"),
        "{applied}"
    );
    assert_eq!(workspace.digests("demo/greet").len(), 1, "{applied}");
    workspace
        .deploy(&["plan", "--select", "demo/greet/evening"])
        .code(0);

    for (old, new, says) in [
        (
            "name = \"evening\"",
            "name = \"hourly\"",
            [
                "two deployments are named `greet/hourly`",
                "bergen/src/lib.rs:5",
            ],
        ),
        (
            "name = \"Edvard\"",
            "nmae = \"Edvard\"",
            ["the flow has no parameter `nmae`", "write `name`"],
        ),
        (
            "name = \"Edvard\"",
            "name = \"Ed\\0vard\"",
            [
                "cannot be the parameter `name`",
                "help: remove `\\0` from the string",
            ],
        ),
        (
            "queue = \"bergen\"",
            "secrets(TOKEN = \"block:token\")",
            [
                "does not know secrets that another package declares",
                "declare this deployment in the package `demo-greet`",
            ],
        ),
    ] {
        workspace.write("bergen/src/lib.rs", &EVENING.replacen(old, new, 1));
        let refused = workspace.deploy(&["plan"]);
        assert!(!refused.status.success(), "{refused}");
        refused.says(&says);
    }
}
