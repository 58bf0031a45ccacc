//! Flow runs that a worker would start: the example `two_flows` against an embedded server.

use std::path::PathBuf;
use std::process::{Output, Stdio};

use longshore_embedded::{Embedded, Server};
use longshore_prefect::{
    Authentication, Client, ClientOptions, DeploymentWrite, FlowRun, FlowRunWrite, Secret, State,
    StateType,
};
use serde_json::{Value, json};
use tempfile::TempDir;
use uuid::Uuid;

struct Bench {
    server: Server,
    client: Client,
    _folder: TempDir,
}

impl Bench {
    async fn start() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let server = Embedded::open(folder.path())
            .expect("a database")
            .serve()
            .await
            .expect("a port");
        let client = Client::new(ClientOptions {
            authentication: Authentication::AuthString(Secret::new(
                server.auth_string().to_owned(),
            )),
            ..ClientOptions::new(server.api_url())
        });
        Self {
            client: client.expect("a client"),
            server,
            _folder: folder,
        }
    }

    async fn flow_run(&self, flow: &str, parameters: Value) -> Uuid {
        let flow = self.client.upsert_flow(flow, &[]).await.expect("a flow");
        let deployment = DeploymentWrite::new("test", flow.id);
        let deployment = self
            .client
            .write_deployment(&deployment)
            .await
            .expect("a deployment")
            .deployment;
        let run = FlowRunWrite {
            idempotency_key: Uuid::new_v4().to_string(),
            name: None,
            parameters: parameters.as_object().cloned().expect("an object"),
            tags: Vec::new(),
            state: None,
            job_variables: serde_json::Map::new(),
        };
        self.client
            .create_flow_run(deployment.id, &run)
            .await
            .expect("a flow run")
            .id
    }

    async fn execute(&self, flow_run: &str) -> Output {
        tokio::process::Command::new(program())
            .env("PREFECT__FLOW_RUN_ID", flow_run)
            .env("PREFECT_API_URL", self.server.api_url())
            .env("PREFECT_API_AUTH_STRING", self.server.auth_string())
            .env_remove("RUST_LOG")
            .stdin(Stdio::null())
            .output()
            .await
            .expect("the example `two_flows`")
    }

    async fn state(&self, id: Uuid) -> (FlowRun, State) {
        let run = self
            .client
            .flow_run(id)
            .await
            .expect("an answer")
            .expect("the flow run");
        let state = run.state.clone().expect("a state");
        (run, state)
    }
}

fn program() -> PathBuf {
    let test = std::env::current_exe().expect("the test program's path");
    let profile = test
        .parent()
        .and_then(|folder| folder.parent())
        .expect("target/<profile>/deps");
    profile.join("examples/two_flows")
}

#[tokio::test]
async fn a_run_ends_as_its_function_does() {
    let bench = Bench::start().await;
    for (flow, parameters, kind, message) in [
        (
            "add",
            json!({"numbers": [4, 5]}),
            StateType::Completed,
            None,
        ),
        (
            "divide",
            json!({"by": 0}),
            StateType::Failed,
            Some("cannot divide a hundred\n  caused by: the divisor is zero"),
        ),
        (
            "divide",
            json!({"by": 0, "checked": false}),
            StateType::Failed,
            Some("attempt to divide by zero"),
        ),
        (
            "divide",
            json!({"by": "two"}),
            StateType::Failed,
            Some("the parameter `by` does not fit"),
        ),
        (
            "divide",
            json!({}),
            StateType::Failed,
            Some("the parameter `by` has no value"),
        ),
        (
            "gone",
            json!({}),
            StateType::Failed,
            Some("the flow `gone` is not in this program"),
        ),
    ] {
        let id = bench.flow_run(flow, parameters).await;
        let output = bench.execute(&id.to_string()).await;
        assert!(
            output.status.success(),
            "the server knows the end: {output:?}"
        );
        let (run, state) = bench.state(id).await;
        assert_eq!(state.kind, kind, "{flow}: {output:?}");
        assert_eq!(run.run_count, 1);
        let told = state.message.unwrap_or_default();
        assert!(told.contains(message.unwrap_or_default()), "{flow}: {told}");
    }
}

#[tokio::test]
async fn a_run_that_has_begun_elsewhere_is_left_alone() {
    let bench = Bench::start().await;
    for kind in [
        StateType::Running,
        StateType::Completed,
        StateType::Cancelling,
    ] {
        let id = bench.flow_run("add", json!({})).await;
        for step in [StateType::Pending, StateType::Running, kind] {
            let answer = bench
                .client
                .set_flow_run_state(id, State::new(step), Uuid::new_v4())
                .await;
            answer.expect("an answer");
        }
        let (before, _) = bench.state(id).await;
        let output = bench.execute(&id.to_string()).await;
        assert!(output.status.success(), "{output:?}");
        let (after, state) = bench.state(id).await;
        assert_eq!(state.kind, kind);
        assert_eq!(after.run_count, before.run_count);
    }
}

#[tokio::test]
async fn a_run_that_cannot_be_reported_is_a_failure() {
    let bench = Bench::start().await;
    let output = bench.execute("not-an-id").await;
    assert!(!output.status.success());
    let text = String::from_utf8_lossy(&output.stderr);
    assert!(
        text.contains("`not-an-id` is no id of a flow run"),
        "{text}"
    );
    let output = bench.execute(&Uuid::new_v4().to_string()).await;
    assert!(!output.status.success());
    let text = String::from_utf8_lossy(&output.stderr);
    assert!(text.contains("the server has no flow run"), "{text}");
    assert!(!text.contains(bench.server.auth_string()), "{text}");
}
