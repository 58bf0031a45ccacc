//! An embedded server, and the examples as a worker would start them.

use std::path::PathBuf;
use std::process::{Output, Stdio};

use longshore_embedded::{Embedded, Server};
use longshore_prefect::{
    Authentication, Client, ClientOptions, DeploymentWrite, FlowRun, FlowRunWrite, Secret, State,
};
use serde_json::Value;
use tempfile::TempDir;
use tokio::process::Command;
use uuid::Uuid;

pub(crate) struct Bench {
    pub(crate) server: Server,
    pub(crate) client: Client,
    folder: TempDir,
}

impl Bench {
    pub(crate) async fn start() -> Self {
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
            folder,
        }
    }

    pub(crate) async fn flow_run(&self, flow: &str, parameters: Value) -> Uuid {
        let flow = self.client.upsert_flow(flow, &[]).await.expect("a flow");
        let deployment = DeploymentWrite::new("test", flow.id);
        let deployment = self
            .client
            .write_deployment(&deployment)
            .await
            .expect("a deployment")
            .deployment;
        let run = FlowRunWrite {
            parameters: parameters.as_object().cloned().expect("an object"),
            ..FlowRunWrite::new(Uuid::new_v4().to_string())
        };
        self.client
            .create_flow_run(deployment.id, &run)
            .await
            .expect("a flow run")
            .id
    }

    /// A file for a flow's own use.
    pub(crate) fn file(&self) -> String {
        let file = self.folder.path().join(Uuid::new_v4().to_string());
        file.to_str().expect("UTF-8").to_owned()
    }

    /// Runs the example to its end.
    pub(crate) async fn execute(&self, example: &str, flow_run: &str) -> Output {
        self.command(example, flow_run)
            .output()
            .await
            .expect("an example")
    }

    /// The example as a worker would start it.
    pub(crate) fn command(&self, example: &str, flow_run: &str) -> Command {
        let mut command = Command::new(program(example));
        command
            .env("PREFECT__FLOW_RUN_ID", flow_run)
            .env("PREFECT_API_URL", self.server.api_url())
            .env("PREFECT_API_AUTH_STRING", self.server.auth_string())
            .env_remove("RUST_LOG")
            .env_remove("PREFECT_LOGGING_LEVEL")
            .env_remove("PREFECT_LOGGING_TO_API_ENABLED")
            .stdin(Stdio::null())
            .kill_on_drop(true);
        command
    }

    pub(crate) async fn state(&self, id: Uuid) -> (FlowRun, State) {
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

fn program(example: &str) -> PathBuf {
    let test = std::env::current_exe().expect("the test program's path");
    let profile = test
        .parent()
        .and_then(|folder| folder.parent())
        .expect("target/<profile>/deps");
    profile.join("examples").join(example)
}
