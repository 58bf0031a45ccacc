//! A flow crate as a program of its own.

use serde_json::Value;

use crate::process::finish;
use crate::workspace::Workspace;

const REPORT: &str = r#"//! Reports.

use longshore::{deployment, flow};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Where the business is done.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Region {
    /// Europe.
    Eu,
    /// United States.
    Us,
}

/// Reports on a region.
#[flow]
#[deployment(name = "eu", parameters(region = Region::Eu))]
pub async fn report(
    /// Region of the report.
    region: Region,
    /// Whether to fail.
    #[param(default = false)]
    fail: bool,
) -> Result<(), String> {
    if fail {
        return Err(format!("no figures of {region:?}"));
    }
    tracing::info!("figures of {region:?}");
    Ok(())
}
"#;

const DEPENDENCIES: &str = "schemars = \"1\"\nserde = { version = \"1\", features = [\"derive\"] }\n\
    tracing = { version = \"0.1\", default-features = false }\n";

#[test]
fn a_flow_runs_locally_with_its_parameters_as_flags() {
    let mut workspace = Workspace::new();
    workspace.flow("demo/report", DEPENDENCIES, REPORT);
    let run = |arguments: &[&str]| {
        let mut command = workspace.cargo(&["run", "-p", "demo-report", "--"]);
        finish(command.args(arguments))
    };

    run(&["--region", "us"]).code(0).says(&["figures of Us"]);
    run(&["--region", "eu", "--fail"])
        .code(1)
        .says(&["flow `report` failed: no figures of Eu"]);
    run(&["--region", "mars"])
        .code(2)
        .says(&["mars", "eu", "us"]);
    run(&[]).code(2).says(&["--region"]);
    run(&["--help"])
        .code(0)
        .prints(&["Reports on a region.", "Region of the report.", "eu", "us"]);

    let described = run(&["describe"]).code(0);
    let description: Value = serde_json::from_str(&described.stdout).expect("JSON");
    assert_eq!(description["package"], "demo-report");
    assert_eq!(description["flows"][0]["name"], "report");
    assert_eq!(description["deployments"][0]["parameters"]["region"], "eu");
    assert!(!workspace.state().exists(), "a local run needs no server");
}
