//! A Prefect server, a store, a worker, a namespace and a workspace that deploys to them.

use std::path::Path;
use std::time::Duration;

use longshore_prefect::{Client, ClientOptions, FlowRun, FlowRunWrite, State, StateType};
use longshore_rig::{
    AzuriteServer, Database, EntraServer, Kubernetes, Namespace, PrefectServer, Version, Worker,
};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::runtime::Runtime;
use uuid::Uuid;

use super::identity::Policies;
use super::manifests;
use crate::process::{Finished, finish};
use crate::workspace::{Workspace, repository};

/// Longest time from the creation of a run to its end on a busy machine.
const PATIENCE: Duration = Duration::from_secs(240);

/// Time between two reads of a state.
const LOOK: Duration = Duration::from_millis(300);

/// As in the manifest of the worker.
const POOL: &str = "kubernetes";

const RUNNER: &str = "longshore.test/runner:1";

/// The size in bytes of `longshore-run`, which is all that its image has.
const LARGEST_RUNNER: u64 = 12_000_000;

const LIBC: &str = "longshore.test/libc:1";
const PREFECT: &str = "longshore.test/prefect:1";
const EMPTY: &str = "longshore.test/empty:1";

const DEPENDENCIES: &str = "tracing = { version = \"0.1\", default-features = false }\n\
    tokio = { version = \"1\", features = [\"time\"] }\n";

/// Source of the flows; `IMAGE` is replaced.
const FLOWS: &str = include_str!("flows.rs");

pub(super) struct Scene {
    pub(super) kubernetes: Kubernetes,
    pub(super) namespace: Namespace,
    pub(super) client: Client,
    server: PrefectServer,
    azurite: AzuriteServer,
    pub(super) entra: EntraServer,
    _policies: Policies,
    workspace: Workspace,
    runtime: Runtime,
}

impl Scene {
    pub(super) fn new() -> Self {
        let kubernetes = Kubernetes::from_environment().expect("a cluster");
        load_images(&kubernetes);
        let name = format!("flows-{}", Uuid::new_v4().simple());
        let namespace = kubernetes.namespace(&name, &[]).expect("a namespace");
        let server = PrefectServer::start_on(Database::PostgreSql, Version::Prefect3, Vec::new());
        let server = server.expect("a Prefect server");
        let options = ClientOptions::new(server.api_url());
        let entra = EntraServer::start().expect("an endpoint for tokens");
        let azurite = AzuriteServer::start_with_tokens(&entra.certificate(), &entra.key());
        let azurite = azurite.expect("Azurite");
        let secret = json!({
            "apiVersion": "v1",
            "kind": "Secret",
            "metadata": { "name": "storage" },
            "stringData": { "AZURE_STORAGE_CONNECTION_STRING": azurite.connection_string() },
        });
        let in_namespace = ["--namespace", namespace.name()];
        let applied = kubernetes.apply(&secret.to_string(), &in_namespace);
        applied.expect("a Secret");
        manifests::apply(&kubernetes, namespace.name());
        let mut workspace = Workspace::new();
        workspace.flow("demo/pods", DEPENDENCIES, &FLOWS.replace("IMAGE", LIBC));
        workspace.write(
            "longshore.toml",
            &configuration(namespace.name(), azurite.endpoint()),
        );
        Self {
            client: Client::new(options).expect("a client"),
            runtime: Runtime::new().expect("a runtime"),
            _policies: Policies::apply(&kubernetes, namespace.name(), &entra),
            kubernetes,
            namespace,
            server,
            azurite,
            entra,
            workspace,
        }
    }

    /// Links the flows statically, for an image without anything.
    pub(super) fn link_statically(&self) {
        let build = "[build]\nstatic = true\n\n[workspace]";
        self.workspace.edit("longshore.toml", "[workspace]", build);
        self.workspace.write(
            "projects/demo/pods/src/lib.rs",
            &FLOWS.replace("IMAGE", EMPTY),
        );
    }

    pub(super) fn deploy(&self, arguments: &[&str]) -> Finished {
        let mut command =
            self.workspace
                .cargo(&["run", "--bin", "deploy", "--", "--profile", "dev"]);
        finish(
            command
                .args(arguments)
                .env("PREFECT_API_URL", self.server.api_url())
                .env("SSL_CERT_FILE", self.entra.certificate())
                .env(
                    "AZURE_STORAGE_CONNECTION_STRING",
                    self.azurite.connection_string(),
                ),
        )
    }

    /// A worker with the rights that the repository's manifests give it, and no others.
    pub(super) fn worker(&self) -> Worker {
        self.worker_of("prefect-worker")
    }

    /// The worker of the repository's manifest, in the cluster.
    pub(super) fn apply_worker(&self) {
        let folder = TempDir::new().expect("a folder");
        let content = folder.path().join("prefect");
        longshore_rig::write_prefect(&content).expect("Python and Prefect");
        let loaded = self.kubernetes.load_image(PREFECT, &content, &[]);
        loaded.expect("an image");
        let secret = json!({
            "apiVersion": "v1",
            "kind": "Secret",
            "metadata": { "name": "prefect" },
            // A server without authentication ignores the key.
            "stringData": { "api-url": self.server.api_url(), "api-key": "unused" },
        });
        let namespace = self.namespace.name();
        let applied = self
            .kubernetes
            .apply(&secret.to_string(), &["--namespace", namespace]);
        applied.expect("a Secret");
        manifests::apply_worker(&self.kubernetes, namespace, PREFECT);
    }

    /// A worker with the rights of a service account.
    pub(super) fn worker_of(&self, account: &str) -> Worker {
        self.start_worker(POOL, account)
    }

    /// A worker of the pool whose pods have an identity.
    pub(super) fn worker_of_identity(&self) -> Worker {
        self.start_worker("identity", "prefect-worker")
    }

    fn start_worker(&self, pool: &str, account: &str) -> Worker {
        let namespace = self.namespace.name();
        let kubeconfig = self.workspace.beside(&format!("{account}.conf"));
        let written = self
            .kubernetes
            .write_kubeconfig(namespace, account, &kubeconfig);
        written.expect("a kubeconfig");
        let worker = Worker::start_kubernetes(&self.server, pool, &kubeconfig, namespace);
        worker.expect("a worker")
    }

    pub(super) fn block_on<T>(&self, future: impl Future<Output = T>) -> T {
        self.runtime.block_on(future)
    }

    /// Creates a run of a flow's deployment with additional job variables.
    pub(super) async fn start(&self, flow: &str, job_variables: Value) -> Uuid {
        self.start_of(flow, "pod", job_variables).await
    }

    pub(super) async fn start_of(&self, flow: &str, name: &str, job_variables: Value) -> Uuid {
        let deployment = self.client.deployment_by_name(flow, name).await;
        let deployment = deployment.expect("an answer").expect("the deployment");
        let run = FlowRunWrite {
            job_variables: job_variables.as_object().cloned().expect("an object"),
            ..FlowRunWrite::new(Uuid::new_v4().to_string())
        };
        let run = self.client.create_flow_run(deployment.id, &run).await;
        run.expect("a flow run").id
    }

    pub(super) async fn run(&self, id: Uuid) -> FlowRun {
        let run = self.client.flow_run(id).await;
        run.expect("an answer").expect("the flow run")
    }

    /// The run once it has ended.
    pub(super) async fn ended(&self, id: Uuid) -> FlowRun {
        self.ended_within(id, PATIENCE).await
    }

    pub(super) async fn ended_within(&self, id: Uuid, limit: Duration) -> FlowRun {
        let ended = async {
            loop {
                let run = self.run(id).await;
                if run
                    .state
                    .as_ref()
                    .is_some_and(|state| state.kind.is_terminal())
                {
                    return run;
                }
                self.pause().await;
            }
        };
        let Ok(run) = tokio::time::timeout(limit, ended).await else {
            panic!("{:?}\n{:?}", self.run(id).await, self.messages(id).await);
        };
        run
    }

    /// Waits until something about a run is seen.
    pub(super) async fn until(&self, id: Uuid, what: &str, mut look: impl AsyncFnMut() -> bool) {
        let seen = async {
            while !look().await {
                self.pause().await;
            }
        };
        let seen = tokio::time::timeout(PATIENCE, seen).await;
        assert!(
            seen.is_ok(),
            "{what} is missing: {:?}\n{:?}",
            self.run(id).await,
            self.messages(id).await
        );
    }

    /// Waits for a line of the run's log.
    pub(super) async fn has_logged(&self, id: Uuid, line: &str) {
        let logged = async || {
            self.messages(id)
                .await
                .iter()
                .any(|message| message == line)
        };
        self.until(id, line, logged).await;
    }

    pub(super) async fn messages(&self, id: Uuid) -> Vec<String> {
        let logs = self.client.logs(id).await.expect("the logs");
        logs.into_iter().map(|log| log.message).collect()
    }

    /// Asks the server to cancel a run, as its UI does.
    pub(super) async fn cancel(&self, id: Uuid) {
        let cancelling = State::new(StateType::Cancelling);
        let answer = self
            .client
            .set_flow_run_state(id, cancelling, Uuid::new_v4());
        answer.await.expect("an answer");
    }

    /// The jobs of a run, as `kubectl` prints them.
    pub(super) fn jobs(&self, id: Uuid) -> Value {
        let (selector, namespace) = self.of_run(id);
        let jobs = self.kubernetes.get(&["jobs", &namespace, &selector]);
        jobs.expect("jobs")
    }

    /// Whether the run has a job.
    pub(super) fn has_job(&self, id: Uuid) -> bool {
        let jobs = self.jobs(id);
        jobs["items"]
            .as_array()
            .is_some_and(|jobs| !jobs.is_empty())
    }

    /// What the cluster has noted about the jobs of a run.
    pub(super) fn events(&self, id: Uuid) -> String {
        let jobs = self.jobs(id);
        let jobs = jobs["items"].as_array().expect("jobs").iter();
        let events = jobs.map(|job| {
            let name = job["metadata"]["name"].as_str().expect("a name");
            let selector = format!("--field-selector=involvedObject.name={name}");
            let namespace = format!("--namespace={}", self.namespace.name());
            let events = self
                .kubernetes
                .run(&["get", "events", &namespace, &selector]);
            events.expect("events")
        });
        events.collect()
    }

    fn of_run(&self, id: Uuid) -> (String, String) {
        let selector = format!("--selector=prefect.io/flow-run-id={id}");
        (selector, format!("--namespace={}", self.namespace.name()))
    }

    /// What a container of the run's pod has printed.
    pub(super) fn logs_of_pod(&self, id: Uuid, container: &str) -> String {
        let (selector, namespace) = self.of_run(id);
        let printed =
            self.kubernetes
                .run(&["logs", &namespace, &selector, "--container", container]);
        printed.expect("the log")
    }

    pub(super) fn delete_pod(&self, id: Uuid) {
        let (selector, namespace) = self.of_run(id);
        let deleted =
            self.kubernetes
                .run(&["delete", "pod", &namespace, &selector, "--wait=false"]);
        let printed = deleted.expect("the pod");
        assert!(printed.contains("deleted"), "{printed}");
    }

    /// Waits before the next request to the server.
    pub(super) async fn pause(&self) {
        tokio::time::sleep(LOOK).await;
    }
}

fn configuration(namespace: &str, store: &str) -> String {
    format!(
        r#"[workspace]
name = "scratch"

[defaults]
pool = "{POOL}"
queue = "kubernetes"
storage = "az://flows/team"

[pools.{POOL}]
type = "kubernetes"
runner_image = "{RUNNER}"
stores = ["{store}/flows"]
storage_secret = "storage"
namespace = "{namespace}"
service_account = "flows"

[pools.identity]
type = "kubernetes"
runner_image = "{RUNNER}"
stores = ["{store}/flows"]
namespace = "{namespace}"
service_account = "flows"
workload_identity = true
"#,
    )
}

fn load_images(kubernetes: &Kubernetes) {
    let folder = TempDir::new().expect("a folder");
    let image = |name: &str, entrypoint: &[&str], write: &dyn Fn(&Path)| {
        let content = folder.path().join(name.replace(['/', ':'], "-"));
        std::fs::create_dir(&content).expect("a folder");
        write(&content);
        kubernetes
            .load_image(name, &content, entrypoint)
            .expect("an image");
    };
    let runner = longshore_rig::static_runner().expect("longshore-run");
    let size = std::fs::metadata(&runner).expect("a program").len();
    assert!(size <= LARGEST_RUNNER, "{size} bytes");
    let context = runner.parent().expect("a folder");
    let dockerfile = repository().join("kubernetes/runner/Dockerfile");
    let built = kubernetes.build_image(RUNNER, &dockerfile, context);
    built.expect("the image of longshore-run");
    image(LIBC, &[], &|content| {
        kubernetes.write_libraries(content).expect("libraries");
    });
    image(EMPTY, &[], &|_| ());
}

/// Indices of the messages that contain a string.
pub(super) fn indices(messages: &[String], text: &str) -> Vec<usize> {
    let found = messages
        .iter()
        .enumerate()
        .filter(|(_, message)| message.contains(text));
    found.map(|(index, _)| index).collect()
}
