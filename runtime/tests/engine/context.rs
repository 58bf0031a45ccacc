//! Artifacts, variables and secrets.

use std::time::Duration;

use longshore_prefect::StateType;
use serde_json::json;

use crate::bench::Bench;

const TOKEN: &str = "hunter2-\"quoted\"";

#[tokio::test]
async fn artifacts_of_every_kind_are_shown() {
    let bench = Bench::start().await;
    let id = bench.flow_run("show", json!({})).await;
    let output = bench.execute("context", &id.to_string()).await;
    let (_, state) = bench.state(id).await;
    assert_eq!(state.kind, StateType::Completed, "{state:?} {output:?}");
    let found = bench.client.artifacts(id).await.expect("the artifacts");
    let task = bench.client.task_runs(id).await.expect("the task runs")[0].id;
    let told: Vec<_> = found
        .iter()
        .map(|artifact| {
            let kind = artifact.kind.as_deref().unwrap_or_default();
            (kind, artifact.data.clone(), artifact.task_run_id)
        })
        .collect();
    let rows = json!([{"region": "north", "rows": 1}, {"region": "south", "rows": 2}]);
    assert_eq!(
        told,
        [
            ("markdown", json!("# Title"), None),
            ("table", json!(rows.to_string()), None),
            ("markdown", json!("[Example](https://example.com)"), None),
            ("progress", json!(100.0), None),
            ("markdown", json!("of a task"), Some(task)),
        ]
    );
    assert_eq!(found[0].description.as_deref(), Some("a text"));
}

#[tokio::test]
async fn variables_are_read_as_what_is_asked_for() {
    let bench = Bench::start().await;
    let variable = json!({"name": "largest_rows", "value": "42"});
    bench.post("/variables/", &variable).await;
    let id = bench.flow_run("read", json!({})).await;
    bench.execute("context", &id.to_string()).await;
    let logs = bench.client.logs(id).await.expect("the logs");
    assert_eq!(logs[0].message, "rows Some(42), missing None, wrong true");
}

async fn add_secret(bench: &Bench, name: &str, value: &str) {
    let kind = bench.get("/block_types/slug/secret").await;
    let schemas = bench.post("/block_schemas/filter", &json!({})).await;
    let block = json!({
        "name": name,
        "data": {"value": value},
        "block_type_id": kind["id"],
        "block_schema_id": schemas[0]["id"],
    });
    bench.post("/block_documents/", &block).await;
}

#[tokio::test]
async fn secrets_are_given_to_the_flow_and_to_nobody_else() {
    let bench = Bench::start().await;
    add_secret(&bench, "api-token", TOKEN).await;
    let id = bench.flow_run("tell", json!({})).await;
    let output = bench.execute("context", &id.to_string()).await;
    let (run, state) = bench.state(id).await;
    assert_eq!(
        state.message.as_deref(),
        Some("it was ********"),
        "{output:?}"
    );
    let logs = bench.client.logs(id).await.expect("the logs");
    let lines: Vec<_> = logs.iter().map(|log| log.message.as_str()).collect();
    assert_eq!(
        lines,
        [
            "it is ******** token=\"********\" length=16",
            "task run failed: not ********",
            "flow run failed: it was ********",
        ]
    );
    let tasks = bench.client.task_runs(id).await.expect("the task runs");
    let artifacts = bench.client.artifacts(id).await.expect("the artifacts");
    let children = bench.client.child_runs(id).await.expect("the children");
    assert_eq!(json!(children[0].parameters), json!({"number": 1}));
    let child_logs = bench.client.logs(children[0].id).await.expect("the logs");
    assert_eq!(child_logs[0].message, "1: ********");
    let terminal = String::from_utf8_lossy(&output.stderr);
    let all = format!("{run:?} {logs:?} {tasks:?} {artifacts:?} {children:?} {terminal}");
    assert!(all.contains("not ********"), "{all}");
    assert!(!all.contains("hunter2"), "{all}");
}

#[tokio::test]
async fn a_secret_that_cannot_be_had_keeps_the_flow_from_beginning() {
    let bench = Bench::start().await;
    let id = bench.flow_run("need", json!({})).await;
    let output = bench.execute("context", &id.to_string()).await;
    assert!(output.status.success(), "{output:?}");
    let (run, state) = bench.state(id).await;
    assert_eq!((state.kind, run.run_count), (StateType::Failed, 0));
    let message = state.message.unwrap_or_default();
    assert_eq!(
        message.lines().collect::<Vec<_>>(),
        [
            "the secret `FIRST` has no value: the server has no block `nowhere` of type Secret",
            "the secret `SECOND` cannot be read: Longshore reads blocks so far, and Key Vault comes later; write \
             `block:...` instead of `keyvault:vault/name`",
        ]
    );
}

#[tokio::test]
async fn a_paused_run_waits_for_a_person() {
    let bench = Bench::start().await;
    let id = bench
        .flow_run("approve", json!({"milliseconds": 60_000}))
        .await;
    let mut process = bench
        .command("context", &id.to_string())
        .spawn()
        .expect("the example");
    for _ in 0..2 {
        while bench.state(id).await.1.kind != StateType::Paused {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        let resumed = bench.client.resume_flow_run(id).await;
        resumed.expect("an answer");
    }
    assert!(process.wait().await.expect("a status").success());
    let states = bench.client.flow_run_states(id).await.expect("states");
    let names: Vec<_> = states
        .iter()
        .filter_map(|state| state.name.as_deref())
        .collect();
    let expected = [
        "Scheduled",
        "Running",
        "Paused",
        "Running",
        "Paused",
        "Running",
        "Completed",
    ];
    assert_eq!(names, expected);
    assert_eq!(bench.state(id).await.0.run_count, 1);
}

#[tokio::test]
async fn a_pause_that_nobody_ends_fails_the_run() {
    let bench = Bench::start().await;
    let id = bench
        .flow_run("approve", json!({"milliseconds": 300}))
        .await;
    let output = bench.execute("context", &id.to_string()).await;
    assert!(output.status.success(), "{output:?}");
    let (_, state) = bench.state(id).await;
    assert_eq!(state.kind, StateType::Failed);
    let message = state.message.unwrap_or_default();
    assert_eq!(message, "The flow was paused and never resumed.");
    let text = String::from_utf8_lossy(&output.stderr);
    assert!(
        text.contains("the run was paused for 300ms and never resumed"),
        "{text}"
    );
}

#[tokio::test]
async fn without_a_server_the_environment_has_secrets_and_variables() {
    let environment = [
        ("LONGSHORE_SECRET_LOCAL", "hunter2"),
        ("LONGSHORE_VARIABLE_ROWS", "7"),
    ];
    let output = Bench::local_with("context", &["anywhere"], &environment).await;
    let text = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{text}");
    assert!(text.contains("******** Some(7) true"), "{text}");
    assert!(text.contains("artifact (markdown): shown here"), "{text}");
    let output = Bench::local_with("context", &["anywhere"], &[]).await;
    let text = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success());
    assert!(
        text.contains("there is no secret `LOCAL`") && text.contains("LONGSHORE_SECRET_LOCAL"),
        "{text}"
    );
}
