//! A stock Prefect worker starts it.

use std::time::Duration;

use longshore_prefect::{
    Client, ClientOptions, DeploymentWrite, FlowRunWrite, State, StateType, WorkPoolWrite,
};
use longshore_rig::{PrefectServer, Version, Worker};
use serde_json::{Map, Value, json};
use tempfile::TempDir;
use tokio::time::{Instant, sleep};
use uuid::Uuid;

use crate::scene::artifact;

/// A worker asks every few seconds, and a busy machine takes longer.
const PATIENCE: Duration = Duration::from_secs(120);

async fn run(client: &Client, variables: Map<String, Value>) -> Uuid {
    let flow = client.upsert_flow("prices", &[]).await.unwrap();
    let mut write = DeploymentWrite::new("eu", flow.id);
    write.work_pool_name = Some("machines".to_owned());
    write.job_variables = variables;
    let deployment = client.write_deployment(&write).await.unwrap().deployment.id;
    let run = FlowRunWrite::new(Uuid::new_v4().to_string());
    client.create_flow_run(deployment, &run).await.unwrap().id
}

async fn wait_for(client: &Client, id: Uuid, what: impl Fn(&State) -> bool) -> State {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let state = client.flow_run(id).await.unwrap().unwrap().state.unwrap();
        if what(&state) {
            return state;
        }
        assert!(Instant::now() < deadline, "{state:?}");
        sleep(Duration::from_millis(200)).await;
    }
}

async fn a_worker_starts_it(version: Version) {
    let folder = TempDir::new().unwrap();
    let server = PrefectServer::start(version).unwrap();
    let client = Client::new(ClientOptions::new(server.api_url())).unwrap();
    let pool = WorkPoolWrite {
        name: "machines".to_owned(),
        kind: "process".to_owned(),
        base_job_template: json!({}),
        description: None,
        concurrency_limit: None,
    };
    client.create_work_pool(&pool).await.unwrap();
    let seen = folder.path().join("seen");
    let script = format!(
        "#!/bin/sh\necho \"$LONGSHORE_ARTIFACT_SHA256\" > {0}.new\nmv {0}.new {0}\n",
        seen.display()
    );
    let written = folder.path().join("written");
    std::fs::write(&written, script).unwrap();
    let digest = artifact(&written)["sha256"].as_str().unwrap().to_owned();
    let store = folder.path().join("store");
    let program = store.join("projects/energy/prices").join(digest);
    std::fs::create_dir_all(&program).unwrap();
    let program = program.join("prices");
    std::fs::rename(&written, &program).unwrap();
    let (store, cache) = (store.to_str().unwrap(), folder.path().join("cache"));
    let environment = [
        ("LONGSHORE_STORES", store),
        ("LONGSHORE_CACHE", cache.to_str().unwrap()),
    ];
    let worker = Worker::start_with(&server, "machines", &environment).unwrap();
    let variables = |changed: &Value| {
        let mut variables = artifact(&program);
        variables["command"] = env!("CARGO_BIN_EXE_longshore-run").into();
        let mut variables = variables.as_object().unwrap().clone();
        variables.extend(changed.as_object().unwrap().clone());
        variables
    };

    run(&client, variables(&json!({}))).await;
    let deadline = Instant::now() + PATIENCE;
    while !seen.exists() {
        let log = std::fs::read_to_string(worker.log()).unwrap();
        assert!(Instant::now() < deadline, "{log}");
        sleep(Duration::from_millis(200)).await;
    }
    let sha256 = variables(&json!({}))["sha256"].as_str().unwrap().to_owned();
    assert_eq!(std::fs::read_to_string(&seen).unwrap().trim(), sha256);

    let wrong = json!({ "sha256": "1".repeat(64) });
    let id = run(&client, variables(&wrong)).await;
    wait_for(&client, id, |state| state.kind == StateType::Crashed).await;
    // The worker sees the exit code and has its own say about it, a moment later.
    let log = || std::fs::read_to_string(worker.log()).unwrap();
    let deadline = Instant::now() + PATIENCE;
    while !log().contains("exited with status code: 1") {
        assert!(Instant::now() < deadline, "{}", log());
        sleep(Duration::from_millis(200)).await;
    }
    let state = wait_for(&client, id, |_| true).await;
    let message = state.message.unwrap_or_default();
    assert_eq!(state.kind, StateType::Crashed);
    assert!(
        message.contains("is not that of the artifact"),
        "{message}\n{}",
        log()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_of_prefect_3_starts_it() {
    a_worker_starts_it(Version::Prefect3).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_of_prefect_2_starts_it() {
    a_worker_starts_it(Version::Prefect2).await;
}
