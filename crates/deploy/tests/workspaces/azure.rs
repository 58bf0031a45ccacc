//! The whole way over Azure Blob Storage: deploy to Azurite, fetch under a stock worker, roll back, collect.

use std::time::{Duration, Instant};

use longshore_prefect::{
    Client, ClientOptions, Deployment, DeploymentFilter, FlowRun, FlowRunWrite, StateType,
};
use longshore_rig::{AzuriteServer, PrefectServer, Version, Worker};
use longshore_storage::{Access, AccessOptions, AzureStore, StoredArtifact};
use serde_json::{Map, Value, json};
use tokio::runtime::Runtime;
use uuid::Uuid;

use crate::process::{Finished, finish};
use crate::runner;
use crate::workspace::Workspace;

/// A worker asks every two seconds and starts a run within some more; a busy machine takes longer.
const PATIENCE: Duration = Duration::from_secs(180);

const LIBRARY: &str = "projects/demo/report/src/lib.rs";

const REPORT: &str = r#"
use longshore::{deployment, flow};

#[flow]
#[deployment(name = "eu", storage = "az://flows/team", schedule = "0 6 * * *", parameters(days = 7))]
async fn report(days: u32) {
    println!("first revision, {days} days");
}
"#;

/// A server, a container and a workspace that deploys to both.
struct Scene {
    server: PrefectServer,
    azurite: AzuriteServer,
    workspace: Workspace,
    runtime: Runtime,
    client: Client,
}

impl Scene {
    fn set(version: Version) -> Self {
        let server = PrefectServer::start(version).expect("a Prefect server");
        let mut workspace = Workspace::new();
        workspace.flow("demo/report", "", REPORT);
        let options = ClientOptions::new(server.api_url());
        Self {
            azurite: AzuriteServer::start().expect("Azurite"),
            runtime: Runtime::new().expect("a runtime"),
            client: Client::new(options).expect("a client"),
            server,
            workspace,
        }
    }

    fn deploy(&self, arguments: &[&str]) -> Finished {
        self.deploy_with(arguments, &self.azurite.connection_string())
    }

    fn deploy_with(&self, arguments: &[&str], connection_string: &str) -> Finished {
        let mut command = self.workspace.cargo(&["run", "--bin", "deploy", "--"]);
        let builds = !matches!(arguments.first(), Some(&("history" | "rollback" | "gc")));
        // What is built quickly will do here.
        let profile: &[&str] = if builds { &["--profile", "dev"] } else { &[] };
        let finished = finish(
            command
                .args(profile)
                .args(arguments)
                .env("PREFECT_API_URL", self.server.api_url())
                .env("AZURE_STORAGE_CONNECTION_STRING", connection_string),
        );
        let key = AzuriteServer::KEY.trim_end_matches('=');
        assert!(!finished.to_string().contains(key), "{finished}");
        finished
    }

    fn deployments(&self) -> Vec<Deployment> {
        let all = DeploymentFilter::default();
        let found = self.runtime.block_on(self.client.deployments(&all));
        found.expect("the deployments")
    }

    #[track_caller]
    fn deployment(&self) -> Deployment {
        let mut found = self.deployments();
        assert_eq!(found.len(), 1);
        found.remove(0)
    }

    /// The digest that the deployment on the server points to.
    #[track_caller]
    fn deployed(&self) -> String {
        let deployment = self.deployment();
        let digest = deployment.job_variables["sha256"].as_str();
        digest.expect("a digest").to_owned()
    }

    /// What is in the flow's folder of the container.
    fn stored(&self) -> Vec<StoredArtifact> {
        let connection_string = self.azurite.connection_string();
        let variable = |name: &str| {
            (name == "AZURE_STORAGE_CONNECTION_STRING").then(|| connection_string.clone())
        };
        let access = Access::from_environment(None, &variable, AccessOptions::default());
        let store = AzureStore::connect(&access.expect("access"), "flows", "team");
        let store = store.expect("a store");
        let stored = self.runtime.block_on(store.list("projects/demo/report"));
        stored.expect("a listing")
    }

    fn run(&self, write: &FlowRunWrite) -> Uuid {
        let deployment = self.deployment().id;
        let made = self
            .runtime
            .block_on(self.client.create_flow_run(deployment, write));
        made.expect("a flow run").id
    }

    /// The code that a new run of the deployment has run, once it has completed.
    #[track_caller]
    fn code_of_a_run(&self, worker: &Worker) -> Option<String> {
        let id = self.run(&FlowRunWrite::new(Uuid::new_v4().to_string()));
        let deadline = Instant::now() + PATIENCE;
        loop {
            let run = self.runtime.block_on(self.client.flow_run(id));
            let run: FlowRun = run.expect("an answer").expect("the flow run");
            let state = run.state.as_ref().expect("a state");
            if state.kind == StateType::Completed {
                return run.flow_version;
            }
            let is_late = Instant::now() > deadline;
            let log = || std::fs::read_to_string(worker.log()).unwrap_or_default();
            assert!(
                !state.kind.is_terminal() && !is_late,
                "{state:?}\n{}",
                log()
            );
            std::thread::sleep(Duration::from_millis(500));
        }
    }

    /// A worker that finds the container by a variable, as an operator sets it up.
    fn worker(&self) -> Worker {
        let connection = self.azurite.connection_string();
        let variables = [("AZURE_STORAGE_CONNECTION_STRING", connection.as_str())];
        runner::worker(
            &self.server,
            &self.workspace.root(),
            &self.workspace.beside("cache"),
            &variables,
        )
    }
}

#[test]
fn programs_go_to_azure_and_come_from_there_on_prefect_3() {
    check(Version::Prefect3);
}

#[test]
fn programs_go_to_azure_and_come_from_there_on_prefect_2() {
    check(Version::Prefect2);
}

fn check(version: Version) {
    let scene = Scene::set(version);
    check_container(&scene);
    let worker = scene.worker();
    let first = scene.deployed();
    assert_eq!(scene.code_of_a_run(&worker), Some(first.clone()));
    let second = check_rollback(&scene, &worker, &first);
    check_refusals(&scene, &first, &second);
    check_collection(&scene, &first);
}

fn check_container(scene: &Scene) {
    scene.deploy(&["--create-pools"]).code(1).says(&[
        "storage: az://flows/team in the storage account `devstoreaccount1`, with the account key",
        "cannot look into the artifact store `az://flows/team`",
        "in the container `flows` of the storage account `devstoreaccount1`",
        "there is no such container",
        "`--create-storage` makes it",
    ]);
    let create = ["--create-pools", "--create-storage"];
    scene
        .deploy(&[&["plan"][..], &create].concat())
        .code(2)
        .prints(&["+ container flows in the storage account devstoreaccount1"]);
    assert_eq!(scene.deployments().len(), 0);
    scene
        .deploy(&create)
        .code(0)
        .says(&["storing demo-report"])
        .prints(&["report/eu", "created"]);
    let deployment = scene.deployment();
    assert_eq!(deployment.job_variables["command"], "longshore-run");
    let stored = scene.stored();
    let [artifact] = stored.as_slice() else {
        panic!("one artifact, not {stored:?}");
    };
    assert!(artifact.complete);
    let (digest, endpoint) = (artifact.digest, scene.azurite.endpoint());
    assert_eq!(
        deployment.job_variables["artifact"],
        format!("{endpoint}/flows/team/projects/demo/report/{digest}/demo-report")
    );
    assert_eq!(scene.deployed(), digest.to_string());
    assert_eq!(deployment.version, Some(digest.short()));
    let before = scene.azurite.requests().len();
    scene.deploy(&[]).code(0).says(&["nothing changed"]);
    let requests = scene.azurite.requests().split_off(before);
    let [listing] = requests.as_slice() else {
        panic!("one request, not {requests:?}");
    };
    assert!(
        listing.starts_with("GET ") && listing.contains("comp=list"),
        "{listing}"
    );
    scene
        .deploy_with(
            &[],
            &scene.azurite.connection_string().replace("Eby8", "Fby8"),
        )
        .code(1)
        .says(&["as the account key", "copy the secret again"]);
}

/// Returns the digest of the second revision.
fn check_rollback(scene: &Scene, worker: &Worker, first: &str) -> String {
    let before = scene.deployment();
    scene.workspace.edit(LIBRARY, "first", "second");
    let requests_before = scene.azurite.requests().len();
    scene.deploy(&[]).code(0).prints(&["updated"]);
    let requests = scene.azurite.requests().split_off(requests_before);
    let listings = requests.iter().filter(|of| of.contains("comp=list"));
    assert_eq!(listings.count(), 1, "{requests:?}");
    let second = scene.deployed();
    assert_ne!(second, first);
    let history = scene
        .deploy(&["history", "report/eu", "--output", "json"])
        .code(0);
    let history: Value = serde_json::from_str(&history.stdout).expect("JSON");
    let shown = |index: usize| {
        let version = &history["versions"][index];
        (version["sha256"].clone(), version["deployed"].clone())
    };
    assert_eq!(shown(0), (json!(second), json!(true)));
    assert_eq!(shown(1), (json!(first), json!(false)));
    scene
        .deploy(&["history", "report/eu"])
        .code(0)
        .prints(&[&second[..12], &first[..12], "0.1.0"]);

    scene.deploy(&["rollback", "report/eu"]).code(1).says(&[
        &format!("version {}", &first[..12]),
        "job_variables.sha256",
        "there is no terminal to ask on",
        "give `--yes`",
    ]);
    assert_eq!(scene.deployed(), second);
    scene
        .deploy(&["rollback", "report/eu", "--yes"])
        .code(0)
        .prints(&[&format!("report/eu has version {}", &first[..12])]);
    assert_eq!(scene.deployed(), first);
    let after = scene.deployment();
    assert_eq!(after.version.as_deref(), Some(&first[..12]));
    assert_eq!(after.schedules, before.schedules);
    assert_eq!(scene.code_of_a_run(worker).as_deref(), Some(first));
    second
}

fn check_refusals(scene: &Scene, first: &str, second: &str) {
    scene.deploy(&[]).code(3).says(&[
        &format!(
            "is left out: it was rolled back from version {} to {}",
            &second[..12],
            &first[..12]
        ),
        "--undo-rollback",
        "1 left out",
    ]);
    assert_eq!(scene.deployed(), first);
    scene.workspace.edit(LIBRARY, "second", "third");
    let undone = format!(
        "was rolled back to version {}; this undoes it",
        &first[..12]
    );
    scene.deploy(&["plan"]).code(2).prints(&[&undone]);
    scene
        .deploy(&[])
        .code(0)
        .says(&[&format!("warning: report/eu {undone}")])
        .prints(&["updated"]);
    scene.deploy(&[]).code(0).says(&["nothing changed"]);

    scene.workspace.edit(LIBRARY, "days: u32", "days: String");
    scene
        .workspace
        .edit(LIBRARY, "days = 7", "days = \"seven\"");
    scene.deploy(&[]).code(0).prints(&["updated"]);
    let last = scene.deployed();
    scene
        .deploy(&["rollback", "report/eu", "--yes"])
        .code(1)
        .says(&["does not take the parameters of `report/eu`: `days`"]);
    scene
        .deploy(&["rollback", "report/eu", "--to", "0000000", "--yes"])
        .code(1)
        .says(&[
            "no stored version of `report/eu` begins with `0000000`",
            &last[..12],
        ]);
    assert_eq!(scene.deployed(), last);
}

fn check_collection(scene: &Scene, first: &str) {
    let last = scene.deployed();
    let waiting = FlowRunWrite {
        job_variables: Map::from_iter([("sha256".to_owned(), json!(first))]),
        // No worker takes it before the end of the test.
        state: Some(longshore_prefect::State::scheduled(
            chrono::Utc::now() + chrono::TimeDelta::days(1),
        )),
        ..FlowRunWrite::new("with another program")
    };
    scene.run(&waiting);
    scene
        .deploy(&["gc", "--yes"])
        .code(0)
        .says(&["nothing to delete: 4 stored"]);
    let all = ["gc", "--keep", "0", "--older-than", "1ms"];
    scene
        .deploy(&all)
        .code(1)
        .says(&["2 to delete, 2 to keep", "give `--yes`"]);
    assert_eq!(scene.stored().len(), 4);
    scene
        .deploy(&[&all[..], &["--yes"]].concat())
        .code(0)
        .prints(&["2 deleted"]);
    let mut left: Vec<String> = scene
        .stored()
        .iter()
        .map(|artifact| artifact.digest.to_string())
        .collect();
    left.sort();
    let mut expected = vec![first.to_owned(), last];
    expected.sort();
    assert_eq!(left, expected);
}
