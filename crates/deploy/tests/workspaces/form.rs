//! Parameters on a real Prefect server: what its validator refuses, and the form that its user interface shows.

use std::path::Path;

use longshore_prefect::{Client, ClientOptions, DeploymentFilter, FlowRunWrite};
use longshore_rig::{Field, Form, PrefectServer, Version, read_form};
use serde_json::{Value, json};
use tokio::runtime::Runtime;
use uuid::Uuid;

use crate::process::finish;
use crate::workspace::Workspace;

const DEPENDENCIES: &str = "\
jiff = { version = \"0.2\", features = [\"serde\"] }
schemars = { version = \"1\", features = [\"jiff02\"] }
serde = { version = \"1\", features = [\"derive\"] }
";

const EXPORT: &str = r#"
use jiff::Timestamp;
use longshore::{deployment, flow};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Region {
    /// Europe.
    Eu,
    /// United States.
    Us,
}

/// How much is exported.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct Limits {
    /// Largest number of rows.
    pub rows: u32,
    /// Whether empty rows count.
    pub empty: Option<bool>,
}

/// Exports orders as a file.
#[flow]
#[deployment(name = "manual", parameters(region = Region::Eu))]
async fn export(
    /// Where the orders were made.
    region: Region,
    /// Orders from this moment on.
    since: Timestamp,
    limits: Limits,
    /// Number of days.
    #[param(default = 7)]
    days: u32,
    /// Title of the file.
    title: Option<String>,
    #[param(default = true)] compress: bool,
) {
    let _ = (region, since, limits, days, title, compress);
}
"#;

#[test]
fn parameters_are_validated_and_shown_by_prefect_3() {
    let (server, deployment) = deployed(Version::Prefect3);
    check_validator(&server, deployment);
    // The newer user interface, and the older one that it can be switched to.
    for (name, pages) in [("form-3", "/v2"), ("form-3-older", "")] {
        check_form(&shown(&server, pages, deployment, name));
    }
}

#[test]
fn parameters_are_validated_and_shown_by_prefect_2() {
    let (server, deployment) = deployed(Version::Prefect2);
    check_validator(&server, deployment);
    check_form(&shown(&server, "", deployment, "form-2"));
}

fn deployed(version: Version) -> (PrefectServer, Uuid) {
    let server = PrefectServer::start(version).expect("a Prefect server");
    let mut workspace = Workspace::new();
    workspace.flow("demo/export", DEPENDENCIES, EXPORT);
    let mut command = workspace.cargo(&["run", "--bin", "deploy", "--", "--profile", "dev"]);
    command
        .args(["--create-pools"])
        .env("PREFECT_API_URL", server.api_url());
    finish(&mut command)
        .code(0)
        .prints(&["export/manual", "created"]);
    let client = Client::new(ClientOptions::new(server.api_url())).expect("a client");
    let found = Runtime::new()
        .expect("a runtime")
        .block_on(client.deployments(&DeploymentFilter::default()))
        .expect("the deployments");
    (server, found.first().expect("a deployment").id)
}

fn check_validator(server: &PrefectServer, deployment: Uuid) {
    let client = Client::new(ClientOptions::new(server.api_url())).expect("a client");
    let runtime = Runtime::new().expect("a runtime");
    let complete = json!({
        "since": "2026-01-01T00:00:00Z",
        "limits": {"rows": 10, "empty": null},
        "title": "all",
    });
    let start = |changes: Value| {
        let mut parameters = complete.as_object().expect("an object").clone();
        for (name, value) in changes.as_object().expect("an object") {
            match value {
                Value::Null => parameters.remove(name),
                value => parameters.insert(name.clone(), value.clone()),
            };
        }
        let run = FlowRunWrite {
            parameters,
            ..FlowRunWrite::new(changes.to_string())
        };
        runtime
            .block_on(client.create_flow_run(deployment, &run))
            .map_err(|error| error.to_string())
    };
    let run = start(json!({})).expect("a run");
    assert_eq!(run.parameters["region"], "eu");
    for (changes, field) in [
        (json!({"region": "mars"}), "region"),
        (json!({"since": 1}), "since"),
        (json!({"since": null}), "since"),
        (json!({"limits": {"rows": -1}}), "limits.rows"),
        (
            json!({"limits": {"rows": 1, "empty": "no"}}),
            "limits.empty",
        ),
        (json!({"days": "many"}), "days"),
        (json!({"title": 1}), "title"),
    ] {
        let error = start(changes.clone()).expect_err("a refusal");
        assert!(error.contains(field), "{changes}: {error}");
    }
}

fn shown(server: &PrefectServer, pages: &str, deployment: Uuid, name: &str) -> Form {
    let base = server.api_url();
    let base = base.trim_end_matches("/api");
    let url = format!("{base}{pages}/deployments/deployment/{deployment}/run");
    let screenshot = Path::new(env!("CARGO_TARGET_TMPDIR"))
        .join(name)
        .with_extension("png");
    read_form(&url, &screenshot).expect("a form")
}

fn check_form(form: &Form) {
    assert_eq!(form.errors, Vec::<String>::new());
    let labels: Vec<(&str, bool)> = form
        .fields
        .iter()
        .map(|field| (field.path.as_str(), field.optional))
        .collect();
    assert_eq!(
        labels,
        [
            ("region", false),
            ("since", false),
            ("limits", false),
            ("limits.rows", false),
            ("limits.empty", true),
            ("days", true),
            ("title", true),
            ("compress", true),
        ]
    );
    let field = |path: &str| -> &Field {
        form.fields
            .iter()
            .find(|field| field.path == path)
            .expect("a field")
    };
    assert_eq!(field("region").value, "eu");
    assert_eq!(field("days").value, "7");
    assert_eq!(field("compress").value, true);
    assert_eq!(field("title").kind.as_deref(), Some("None"));
    for (path, description) in [
        ("region", "Where the orders were made."),
        ("since", "Orders from this moment on."),
        ("limits.rows", "Largest number of rows."),
        ("title", "Title of the file."),
    ] {
        assert_eq!(field(path).description, description);
    }
}
