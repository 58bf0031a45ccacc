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
    http: reqwest::Client,
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
            http: plain_http(),
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

    /// What the client has no call for, since no flow needs it.
    pub(crate) async fn post(&self, path: &str, body: &Value) -> Value {
        self.bare(self.http.post(self.url(path)).body(body.to_string()))
            .await
    }

    pub(crate) async fn get(&self, path: &str) -> Value {
        self.bare(self.http.get(self.url(path))).await
    }

    fn url(&self, path: &str) -> String {
        format!("{}{path}", self.server.api_url())
    }

    async fn bare(&self, request: reqwest::RequestBuilder) -> Value {
        let (user, password) = self.server.auth_string().split_once(':').expect("a user");
        let request = request.basic_auth(user, Some(password));
        let answer = request.send().await.expect("an answer");
        assert!(answer.status().is_success(), "{answer:?}");
        let body = answer.text().await.expect("a body");
        serde_json::from_str(&body).expect("JSON")
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

    /// As [`Bench::execute`], with the server at another address.
    pub(crate) async fn execute_at(&self, api_url: &str, example: &str, flow_run: Uuid) -> Output {
        let mut command = self.command(example, &flow_run.to_string());
        command.env("PREFECT_API_URL", api_url);
        command.output().await.expect("an example")
    }

    /// What the run has logged.
    pub(crate) async fn messages(&self, flow_run: Uuid) -> Vec<String> {
        let logs = self.client.logs(flow_run).await.expect("the logs");
        logs.into_iter().map(|log| log.message).collect()
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

    /// Runs the example without a server.
    pub(crate) async fn local(example: &str, arguments: &[&str]) -> Output {
        Self::local_with(example, arguments, &[]).await
    }

    /// As [`Bench::local`], with further variables of the environment.
    pub(crate) async fn local_with(
        example: &str,
        arguments: &[&str],
        environment: &[(&str, &str)],
    ) -> Output {
        let mut command = Command::new(program(example));
        command
            .args(arguments)
            .envs(environment.iter().copied())
            .env_remove("PREFECT__FLOW_RUN_ID")
            .env_remove("RUST_LOG")
            .env_remove("PREFECT_LOGGING_LEVEL");
        command.output().await.expect("an example")
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

/// The client of another program, without TLS: the server is on loopback.
fn plain_http() -> reqwest::Client {
    let tls = longshore_tls::client_config(longshore_tls::Trust::Nobody).expect("TLS");
    let client = reqwest::Client::builder()
        .tls_backend_preconfigured(tls)
        .no_proxy();
    client.build().expect("a client")
}

fn program(example: &str) -> PathBuf {
    let test = std::env::current_exe().expect("the test program's path");
    let profile = test
        .parent()
        .and_then(|folder| folder.parent())
        .expect("target/<profile>/deps");
    profile.join("examples").join(example)
}
