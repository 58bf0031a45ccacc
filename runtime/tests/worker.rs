//! Flow runs that a stock worker starts: the example `two_flows` under real servers.

use std::path::PathBuf;
use std::time::Duration;

use longshore_prefect::{
    Client, ClientOptions, DeploymentWrite, FlowRunWrite, State, StateType, WorkPoolWrite,
};
use longshore_rig::{PrefectServer, Version, Worker};
use serde_json::{Map, Value, json};
use tokio::time::{Instant, sleep};
use uuid::Uuid;

/// A worker asks every two seconds; a busy machine takes longer.
const RUN: Duration = Duration::from_secs(120);

const POOL: &str = "processes";

fn program() -> PathBuf {
    let test = std::env::current_exe().expect("the test program's path");
    let profile = test
        .parent()
        .and_then(|folder| folder.parent())
        .expect("target/<profile>/deps");
    profile.join("examples/two_flows")
}

struct Bench {
    // Before the server, which it would miss.
    _worker: Worker,
    server: PrefectServer,
    client: Client,
}

impl Bench {
    async fn start(version: Version) -> Self {
        // Starting blocks for some seconds; nothing else runs in these tests meanwhile.
        let server = PrefectServer::start(version).expect("a Prefect server");
        let client = Client::new(ClientOptions::new(server.api_url())).expect("a client");
        let pool = WorkPoolWrite {
            name: POOL.to_owned(),
            kind: "process".to_owned(),
            base_job_template: json!({
                "job_configuration": { "command": "{{ command }}", "env": "{{ env }}" },
                "variables": {
                    "type": "object",
                    "properties": { "command": { "type": "string" }, "env": { "type": "object" } },
                },
            }),
            description: None,
            concurrency_limit: None,
        };
        client.create_work_pool(&pool).await.expect("a work pool");
        Self {
            _worker: Worker::start(&server, POOL).expect("a worker"),
            server,
            client,
        }
    }

    async fn flow_run(&self, flow: &str, parameters: Value) -> Uuid {
        let flow = self.client.upsert_flow(flow, &[]).await.expect("a flow");
        let command = json!(program().display().to_string());
        let deployment = DeploymentWrite {
            work_pool_name: Some(POOL.to_owned()),
            job_variables: Map::from_iter([("command".to_owned(), command)]),
            ..DeploymentWrite::new("test", flow.id)
        };
        let deployment = self.client.write_deployment(&deployment).await;
        let run = FlowRunWrite {
            idempotency_key: Uuid::new_v4().to_string(),
            name: None,
            parameters: parameters.as_object().cloned().expect("an object"),
            tags: Vec::new(),
            state: None,
            job_variables: Map::new(),
        };
        let id = deployment.expect("a deployment").deployment.id;
        let run = self.client.create_flow_run(id, &run).await;
        run.expect("a flow run").id
    }

    async fn end(&self, id: Uuid) -> State {
        let deadline = Instant::now() + RUN;
        loop {
            let run = self.client.flow_run(id).await.expect("an answer");
            let state = run.and_then(|run| run.state).expect("a state");
            if state.kind.is_terminal() {
                return state;
            }
            assert!(
                Instant::now() < deadline,
                "{:?} after {RUN:?}; log of the server: {}",
                state.kind,
                self.server.home().display()
            );
            sleep(Duration::from_millis(200)).await;
        }
    }
}

async fn check_runs(version: Version) {
    let bench = Bench::start(version).await;
    let completed = bench.flow_run("add", json!({ "numbers": [4, 5] })).await;
    let failed = bench.flow_run("divide", json!({ "by": 0 })).await;
    assert_eq!(bench.end(completed).await.kind, StateType::Completed);
    let failed = bench.end(failed).await;
    assert_eq!(failed.kind, StateType::Failed);
    let message = failed.message.unwrap_or_default();
    assert!(message.contains("the divisor is zero"), "{message}");
}

#[tokio::test]
async fn a_worker_of_prefect_3_runs_flows_to_their_ends() {
    check_runs(Version::Prefect3).await;
}

#[tokio::test]
async fn a_worker_of_prefect_2_runs_flows_to_their_ends() {
    check_runs(Version::Prefect2).await;
}
