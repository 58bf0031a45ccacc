//! The whole way on a real Prefect server: deploy, a stock worker, the end of each run.

use std::time::{Duration, Instant};

use longshore_prefect::{
    Client, ClientOptions, DeploymentFilter, FlowRun, FlowRunWrite, StateType,
};
use longshore_rig::{PrefectServer, Version};
use serde_json::{Map, Value, json};
use tokio::runtime::Runtime;
use uuid::Uuid;

use crate::process::Finished;
use crate::runner;
use crate::workspace::Workspace;

/// A worker asks every two seconds and starts a run within some more; a busy machine takes longer.
const PATIENCE: Duration = Duration::from_secs(180);

/// How often the server is asked for the runs' states.
const ASK: Duration = Duration::from_millis(500);

const OUTCOMES: &str = r#"
use longshore::{deployment, flow};

/// Ends well, or not.
#[flow]
#[deployment(
    name = "nightly",
    schedule = cron("0 2 * * *", tz = "Europe/Oslo"),
    parameters(how = "well"),
    env(GREETING = "hello"),
)]
async fn outcome(how: String) -> Result<(), std::io::Error> {
    match how.as_str() {
        "well" => Ok(()),
        "greeted" => {
            let found = ["GREETING", "CHOSEN"].map(|name| std::env::var(name).ok());
            if found == [Some("hello".to_owned()), None] {
                return Ok(());
            }
            Err(std::io::Error::other(format!("its environment has {found:?}")))
        }
        "panic" => panic!("it was told to"),
        other => Err(std::io::Error::other(format!("it ended {other}"))),
    }
}
"#;

struct Observer {
    runtime: Runtime,
    client: Client,
}

impl Observer {
    fn of(server: &PrefectServer) -> Self {
        Self {
            runtime: Runtime::new().expect("a runtime"),
            client: Client::new(ClientOptions::new(server.api_url())).expect("a client"),
        }
    }

    fn start_run(&self, deployment: Uuid, how: &str) -> Uuid {
        self.start_run_with(deployment, how, &json!({}))
    }

    /// Starts a run that chooses job variables.
    fn start_run_with(&self, deployment: Uuid, how: &str, chosen: &Value) -> Uuid {
        let run = FlowRunWrite {
            parameters: Map::from_iter([("how".to_owned(), json!(how))]),
            job_variables: chosen.as_object().cloned().unwrap_or_default(),
            ..FlowRunWrite::new(Uuid::new_v4().to_string())
        };
        let made = self
            .runtime
            .block_on(self.client.create_flow_run(deployment, &run));
        made.expect("a flow run").id
    }

    fn ended(&self, id: Uuid) -> (StateType, String) {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let run: FlowRun = self
                .runtime
                .block_on(self.client.flow_run(id))
                .expect("an answer")
                .expect("the flow run");
            let state = run.state.expect("a state");
            if state.kind.is_terminal() {
                return (state.kind, state.message.unwrap_or_default());
            }
            assert!(
                Instant::now() < deadline,
                "the run is still {:?}",
                state.kind
            );
            std::thread::sleep(ASK);
        }
    }

    /// The only deployment, and the ids of its schedules.
    fn deployment(&self) -> (Uuid, Vec<Uuid>) {
        let found = self
            .runtime
            .block_on(self.client.deployments(&DeploymentFilter::default()))
            .expect("the deployments");
        let [deployment] = found.as_slice() else {
            panic!("one deployment, not {found:?}");
        };
        let schedules = deployment.schedules.iter().map(|schedule| schedule.id);
        (deployment.id, schedules.collect())
    }
}

#[test]
fn a_stock_worker_of_prefect_3_runs_what_deploy_has_registered() {
    check_runs(Version::Prefect3);
}

#[test]
fn a_stock_worker_of_prefect_2_runs_what_deploy_has_registered() {
    check_runs(Version::Prefect2);
}

fn check_runs(version: Version) {
    let server = PrefectServer::start(version).expect("a Prefect server");
    let mut workspace = Workspace::new();
    workspace.flow("demo/outcome", "", OUTCOMES);
    let deploy = |arguments: &[&str]| workspace.deploy_to(&server, arguments);
    deploy(&[]).code(1).says(&[
        &server.api_url(),
        "work pool `default` is not on the server",
        "--create-pools",
    ]);
    deploy(&["--create-pools"])
        .code(0)
        .says(&[
            "notice: `longshore-run`",
            "cargo install --path crates/runner",
        ])
        .prints(&["outcome/nightly", "created"]);
    let observer = Observer::of(&server);
    let (deployment, schedules) = observer.deployment();
    deploy(&[])
        .code(0)
        .prints(&["outcome/nightly", "unchanged"]);
    deploy(&["plan"]).code(0);
    assert_eq!(observer.deployment(), (deployment, schedules));

    let well = observer.start_run(deployment, "well");
    let badly = observer.start_run(deployment, "badly");
    let panic = observer.start_run(deployment, "panic");
    let executed = workspace.beside("executed");
    let environment = json!({ "env": { "CHOSEN": "by the run", "GREETING": "another" } });
    let greeted = observer.start_run_with(deployment, "greeted", &environment);
    let command = json!({ "command": format!("touch {}", executed.display()) });
    let chosen = observer.start_run_with(deployment, "well", &command);
    let worker = runner::worker(&server, &workspace.root(), &workspace.beside("cache"), &[]);
    let output = || std::fs::read_to_string(worker.log()).unwrap_or_default();
    assert_eq!(observer.ended(well).0, StateType::Completed, "{}", output());
    assert_eq!(
        observer.ended(badly),
        (StateType::Failed, "it ended badly".to_owned()),
        "{}",
        output()
    );
    let (state, message) = observer.ended(panic);
    assert_eq!(state, StateType::Failed, "{}", output());
    assert!(
        message.contains("projects/demo/outcome/src/lib.rs:"),
        "{message}"
    );
    assert!(message.contains("it was told to"), "{message}");
    assert_eq!(
        observer.ended(greeted).0,
        StateType::Completed,
        "{}",
        output()
    );
    let (state, message) = observer.ended(chosen);
    assert_eq!(state, StateType::Crashed, "{}", output());
    assert!(message.contains("`command`"), "{message}");
    assert!(!executed.exists(), "{}", output());
    check_watching(&deploy);
    let stored: Value = observer
        .runtime
        .block_on(observer.client.flow_run(well))
        .map(|run| json!(run.map(|run| run.parameters)))
        .expect("the flow run");
    assert_eq!(stored, json!({"how": "well"}));
}

/// The worker is still there; what is started from the command line ends before the command does.
fn check_watching(deploy: &impl Fn(&[&str]) -> Finished) {
    deploy(&["run", "outcome/nightly", "--watch"])
        .code(0)
        .prints(&["run `", "/flow-run/", "state    Completed"]);
    let badly = [
        "run",
        "outcome/nightly",
        "--param",
        "how=badly",
        "--watch",
        "--output",
        "json",
    ];
    let badly = deploy(&badly)
        .code(1)
        .says(&["state    Failed: it ended badly"]);
    let printed: Value = serde_json::from_str(&badly.stdout).expect("JSON");
    assert_eq!(printed["run"]["state"]["type"], "FAILED");
    assert_eq!(printed["run"]["parameters"], json!({"how": "badly"}));
    let list = deploy(&["list", "--output", "json"]).code(0);
    let list: Value = serde_json::from_str(&list.stdout).expect("JSON");
    let listed = &list["deployments"][0];
    assert_eq!(listed["status"], "unchanged");
    assert_eq!(listed["server"]["scheduling"], "on");
    assert_eq!(listed["server"]["last_run"]["state"], "Failed");
    assert_eq!(listed["server"]["last_run"]["id"], printed["run"]["id"]);
    let next = &listed["server"]["next_run"]["expected_start_time"];
    assert!(next.is_string(), "the scheduler has made a run: {list}");
    deploy(&["run", "outcome/nightly", "--param", "hwo=badly"])
        .code(1)
        .says(&["has no parameter `hwo`", "help: write `how`"]);
}
