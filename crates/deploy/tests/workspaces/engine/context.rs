//! A flow that calls flows, shows artifacts, and reads a variable and a secret.

use longshore_rig::Worker;
use serde_json::{Value, json};
use uuid::Uuid;

use super::observer::{Observer, without_submission};

const TOKEN: &str = "hunter2-of-the-rig";

pub(super) const FAMILY: &str = r#"
use std::collections::BTreeMap;
use std::error::Error;
use std::path::Path;

use longshore::{artifact, deployment, flow, task};

type BoxError = Box<dyn Error + Send + Sync>;

#[flow]
#[deployment(name = "family", secrets(API_TOKEN = "block:api-token"))]
async fn family(how: String, folder: String) -> Result<(), BoxError> {
    let token = longshore::secret("API_TOKEN")?;
    let rows: Option<u32> = longshore::variable("largest_rows").await?;
    tracing::info!("rows {rows:?}, token {}", token.expose());
    let run = longshore::run().ok_or("a run")?;
    tracing::info!(
        "{how}: {}/{:?}, attempt {}, due {}",
        run.flow_name(),
        run.deployment_name(),
        run.attempt(),
        run.scheduled_time().is_some()
    );
    artifact::markdown(format!("Of {}", token.expose())).key("a-text").create().await?;
    artifact::table([BTreeMap::from([("rows", 1)])]).key("b-table").create().await?;
    let bar = artifact::progress(0.0).key("c-bar").create().await?;
    let regions = tokio::join!(
        region("north".to_owned(), folder.clone()),
        region("south".to_owned(), folder)
    );
    bar.update(artifact::progress(99.5)).await?;
    assert_eq!((regions.0?, regions.1?), (5, 5));
    Ok(())
}

#[flow(retries = 1, run_name = "region-{name}")]
async fn region(name: String, folder: String) -> Result<usize, BoxError> {
    let mark = Path::new(&folder).join(format!("region-{name}"));
    if name == "north" && !mark.exists() {
        std::fs::write(mark, "")?;
        return Err("too early".into());
    }
    tracing::info!("it is {name}");
    Ok(measure(name).await)
}

#[task]
async fn measure(name: String) -> usize {
    name.len()
}
"#;

/// Keeps on the server what the flow reads.
pub(super) fn prepare(observer: &Observer) {
    let variable = json!({ "name": "largest_rows", "value": "42" });
    observer.post("/variables/", &variable);
    let kind = observer.get("/block_types/slug/secret");
    let filter = json!({ "block_schemas": { "block_type_id": { "any_": [kind["id"]] } } });
    let schemas = observer.post("/block_schemas/filter", &filter);
    let block = json!({
        "name": "api-token",
        "data": { "value": TOKEN },
        "block_type_id": kind["id"],
        "block_schema_id": schemas[0]["id"],
    });
    observer.post("/block_documents/", &block);
}

pub(super) fn check(observer: &Observer, id: Uuid, worker: &Worker) {
    let states = without_submission(observer.states(id, worker));
    let own: Vec<String> = observer.logs(id).into_iter().map(|log| log.0).collect();
    assert_eq!(
        states,
        ["Scheduled", "Pending", "Running", "Completed"],
        "{own:?}"
    );
    assert_eq!(
        own,
        [
            "rows Some(42), token ********",
            "whole: family/Some(\"family\"), attempt 1, due true",
        ]
    );
    check_children(observer, id, worker);
    check_artifacts(observer, id);
}

fn check_children(observer: &Observer, id: Uuid, worker: &Worker) {
    let children = observer.ask(|| observer.client.child_runs(id));
    let names: Vec<_> = children
        .iter()
        .map(|child| (child.name.as_str(), child.run_count))
        .collect();
    assert_eq!(names, [("region-north", 2), ("region-south", 1)]);
    let retried = [
        "Pending",
        "Running",
        "AwaitingRetry",
        "Running",
        "Completed",
    ];
    assert_eq!(observer.states(children[0].id, worker), retried);
    let once = ["Pending", "Running", "Completed"];
    assert_eq!(observer.states(children[1].id, worker), once);
    for child in &children {
        let tasks = observer.task_runs(child.id, 1);
        assert_eq!(tasks[0].name, "measure-0");
        let logs = observer.logs(child.id);
        let line = format!("it is {}", child.name.trim_start_matches("region-"));
        assert!(logs.iter().any(|log| log.0 == line), "{logs:?}");
    }
    let graph = observer.get(&format!("/flow_runs/{id}/graph-v2"));
    let nodes = graph["nodes"].as_array().expect("nodes");
    let mut shown: Vec<_> = nodes
        .iter()
        .map(|node| {
            let node = &node[1];
            let field = |name: &str| node[name].as_str().unwrap_or_default();
            (field("label"), field("kind"), field("state_type"))
        })
        .collect();
    shown.sort_unstable();
    assert_eq!(
        shown,
        [
            ("region / region-north", "flow-run", "COMPLETED"),
            ("region / region-south", "flow-run", "COMPLETED"),
        ]
    );
}

fn check_artifacts(observer: &Observer, id: Uuid) {
    let artifacts = observer.ask(|| observer.client.artifacts(id));
    let told: Vec<(Option<&str>, Value)> = artifacts
        .iter()
        .map(|artifact| (artifact.kind.as_deref(), artifact.data.clone()))
        .collect();
    assert_eq!(
        told,
        [
            (Some("markdown"), json!("Of ********")),
            (Some("table"), json!("[{\"rows\":1}]")),
            (Some("progress"), json!(99.5)),
        ]
    );
}
