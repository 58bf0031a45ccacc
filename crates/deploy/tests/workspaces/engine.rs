//! Flow runs as a stock worker of a real Prefect starts them: states, attempts, task runs, edges and logs, read back.

mod context;

use std::path::Path;
use std::time::{Duration, Instant};

use longshore_prefect::{
    Client, ClientOptions, DeploymentFilter, Error, FlowRun, FlowRunWrite, State, StateType,
    TaskRun,
};
use longshore_rig::{PrefectServer, Version, Worker};
use serde_json::{Map, Value, json};
use tokio::runtime::Runtime;
use uuid::Uuid;

use crate::process::finish;
use crate::runner;
use crate::workspace::Workspace;

/// A worker asks every two seconds and starts runs one after the other; a busy machine takes longer.
const PATIENCE: Duration = Duration::from_secs(240);

/// How often the server is asked.
const ASK: Duration = Duration::from_millis(500);

const DEPENDENCIES: &str = "tokio = { version = \"1\", features = [\"macros\", \"time\"] }\n\
                            tracing = { version = \"0.1\", default-features = false }\n";

const TRIALS: &str = r#"
use std::error::Error;
use std::path::Path;

use longshore::{deployment, flow, task};

type BoxError = Box<dyn Error + Send + Sync>;

#[flow(retries = 1, retry_delay = "1s", timeout = "3s", run_name = "trial-{how}")]
#[deployment(name = "trial")]
async fn trial(how: String, folder: String) -> Result<(), BoxError> {
    let mark = Path::new(&folder).join(&how);
    let is_first = !mark.exists();
    std::fs::write(&mark, "")?;
    match how.as_str() {
        "well" => {
            tracing::info!(answer = 42, "all is well");
            let (left, right) = tokio::join!(load(1), load(2));
            let first = slow(left + right);
            let id = first.id();
            let sum = first.await;
            let again = flaky(folder).after([id]).await?;
            tracing::warn!("sum {sum}, attempts {again}");
            Ok(())
        }
        "late" if is_first => Err("too early".into()),
        "late" => Ok(()),
        "panic" => panic!("it was told to"),
        "timeout" => std::future::pending().await,
        other => {
            let source = std::io::Error::other("no disk");
            let _ = refuse().await;
            Err(format!("it ended {other}: {source}").into())
        }
    }
}

/// Tells its process and waits for ever.
#[flow(retries = 1)]
#[deployment(name = "endless")]
async fn endless(how: String, folder: String) -> Result<(), BoxError> {
    tracing::info!("it begins");
    let wait = endlessly().start();
    std::fs::write(Path::new(&folder).join(how), std::process::id().to_string())?;
    wait.await;
    Ok(())
}

#[task]
async fn endlessly() {
    std::future::pending().await
}

#[task(tags = ["input"])]
async fn load(page: u32) -> u32 {
    tracing::info!("page {page}");
    page
}

#[task]
async fn slow(sum: u32) -> u32 {
    tokio::time::sleep(std::time::Duration::from_millis(1700)).await;
    sum
}

#[task(retries = 2, retry_delay = "100ms")]
fn flaky(folder: String) -> Result<u32, BoxError> {
    let mark = Path::new(&folder).join("flaky");
    if mark.exists() {
        return Ok(2);
    }
    std::fs::write(&mark, "")?;
    Err("not yet".into())
}

#[task]
async fn refuse() -> Result<(), BoxError> {
    Err("no disk".into())
}
"#;

struct Observer {
    runtime: Runtime,
    client: Client,
    http: reqwest::Client,
    api_url: String,
}

impl Observer {
    fn of(server: &PrefectServer) -> Self {
        Self {
            runtime: Runtime::new().expect("a runtime"),
            client: Client::new(ClientOptions::new(server.api_url())).expect("a client"),
            http: reqwest::Client::new(),
            api_url: server.api_url(),
        }
    }

    fn deployment(&self, name: &str) -> Uuid {
        let found = self
            .runtime
            .block_on(self.client.deployments(&DeploymentFilter::default()))
            .expect("the deployments");
        let mut found = found.iter();
        let found = found.find(|deployment| deployment.name == name);
        found.expect("the deployment").id
    }

    fn start_run(&self, deployment: Uuid, how: &str, folder: &Path) -> Uuid {
        let run = FlowRunWrite {
            parameters: Map::from_iter([
                ("how".to_owned(), json!(how)),
                ("folder".to_owned(), json!(folder)),
            ]),
            ..FlowRunWrite::new(how)
        };
        let made = self
            .runtime
            .block_on(self.client.create_flow_run(deployment, &run));
        made.expect("a flow run").id
    }

    /// Asks until there is an answer: a server on SQLite may wait for a lock for a minute.
    fn ask<T, F: Future<Output = Result<T, Error>>>(&self, question: impl Fn() -> F) -> T {
        let deadline = Instant::now() + PATIENCE;
        loop {
            match self.runtime.block_on(question()) {
                Ok(answer) => return answer,
                Err(error) => assert!(Instant::now() < deadline, "{error:?}"),
            }
        }
    }

    fn run(&self, id: Uuid) -> FlowRun {
        let run = self.ask(|| self.client.flow_run(id));
        run.expect("the flow run")
    }

    /// The names of all states, oldest first, once the run has ended.
    fn states(&self, id: Uuid, worker: &Worker) -> Vec<String> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let states = self.ask(|| self.client.flow_run_states(id));
            let names = states.iter().filter_map(|state| state.name.clone());
            let names: Vec<String> = names.collect();
            if states.last().is_some_and(|state| state.kind.is_terminal()) {
                return names;
            }
            let output = || std::fs::read_to_string(worker.log()).unwrap_or_default();
            assert!(
                Instant::now() < deadline,
                "it is still {names:?}: {}",
                output()
            );
            std::thread::sleep(ASK);
        }
    }

    /// The task runs once there are so many and all have ended: 3.x records them a little later.
    fn task_runs(&self, id: Uuid, count: usize) -> Vec<TaskRun> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let runs = self.ask(|| self.client.task_runs(id));
            let has_ended = |run: &TaskRun| {
                run.state
                    .as_ref()
                    .is_some_and(|state| state.kind.is_terminal())
            };
            if runs.len() == count && runs.iter().all(has_ended) {
                return runs;
            }
            assert!(Instant::now() < deadline, "{count} task runs, not {runs:?}");
            std::thread::sleep(ASK);
        }
    }

    /// Messages of the flow's own log, with the task run that each belongs to.
    fn logs(&self, id: Uuid) -> Vec<(String, i32, Option<Uuid>)> {
        let logs = self.ask(|| self.client.logs(id)).into_iter();
        logs.filter(|log| {
            log.name != "prefect.flow_runs.worker" && log.name != "prefect.flow_runs.runner"
        })
        .map(|log| (log.message, log.level, log.task_run_id))
        .collect()
    }

    /// What the client has no call for.
    fn get(&self, path: &str) -> Value {
        self.bare(self.http.get(format!("{}{path}", self.api_url)))
    }

    fn post(&self, path: &str, body: &Value) -> Value {
        let request = self.http.post(format!("{}{path}", self.api_url));
        let request = request.header("content-type", "application/json");
        self.bare(request.body(body.to_string()))
    }

    fn bare(&self, request: reqwest::RequestBuilder) -> Value {
        let body = self.runtime.block_on(async {
            let answer = request.send().await.expect("an answer");
            assert!(answer.status().is_success(), "{answer:?}");
            answer.text().await.expect("a body")
        });
        serde_json::from_str(&body).expect("JSON")
    }

    /// From the label of each node of the run's graph to the labels of those before it.
    fn graph(&self, id: Uuid) -> Value {
        let graph = self.get(&format!("/flow_runs/{id}/graph-v2"));
        let nodes = graph["nodes"].as_array().expect("nodes").clone();
        let label = |id: &Value| {
            let mut nodes = nodes.iter();
            let node = nodes.find(|node| node[0] == *id).expect("a node");
            node[1]["label"].clone()
        };
        let edges = nodes.iter().map(|node| {
            let parents = node[1]["parents"].as_array().expect("parents");
            let parents: Vec<Value> = parents.iter().map(|parent| label(&parent["id"])).collect();
            let name = node[1]["label"].as_str().expect("a label");
            (name.to_owned(), json!(parents))
        });
        Value::Object(edges.collect())
    }
}

#[test]
fn flow_runs_of_prefect_3_look_as_those_of_python() {
    check_engine(Version::Prefect3);
}

#[test]
fn flow_runs_of_prefect_2_look_as_those_of_python() {
    check_engine(Version::Prefect2);
}

fn check_engine(version: Version) {
    let server = PrefectServer::start(version).expect("a Prefect server");
    let mut workspace = Workspace::new();
    workspace.flow("demo/trial", DEPENDENCIES, TRIALS);
    workspace.flow("demo/family", DEPENDENCIES, context::FAMILY);
    let mut deploy = workspace.cargo(&["run", "--bin", "deploy", "--", "--profile", "dev"]);
    deploy
        .arg("--create-pools")
        .env("PREFECT_API_URL", server.api_url());
    finish(&mut deploy).code(0);
    let observer = Observer::of(&server);
    let deployment = observer.deployment("trial");
    let folder = tempfile::tempdir().expect("a folder");
    let [well, late, badly, panic, timeout] = ["well", "late", "badly", "panic", "timeout"]
        .map(|how| observer.start_run(deployment, how, folder.path()));
    context::prepare(&observer);
    let worker = runner::worker(&server, &workspace.beside("cache"), &[]);

    let once = ["Scheduled", "Pending", "Running", "Completed"];
    assert_eq!(without_submission(observer.states(well, &worker)), once);
    check_success(&observer, well);

    let twice = [
        "Scheduled",
        "Pending",
        "Running",
        "AwaitingRetry",
        "Running",
    ];
    for (id, end, message) in [
        (late, "Completed", ""),
        (badly, "Failed", "it ended badly: no disk"),
        (panic, "Failed", "it was told to"),
        (
            timeout,
            "TimedOut",
            "Flow run exceeded timeout of 3 second(s)",
        ),
    ] {
        let mut expected = twice.to_vec();
        expected.push(end);
        assert_eq!(without_submission(observer.states(id, &worker)), expected);
        let run = observer.run(id);
        assert_eq!(run.run_count, 2, "{}", run.name);
        assert_eq!(run.empirical_policy["retries"], json!(1));
        let state = run.state.expect("a state");
        let told = state.message.unwrap_or_default();
        assert!(told.ends_with(message), "{told}");
    }
    let refused = observer.task_runs(badly, 1);
    let family = observer.deployment("family");
    let family = observer.start_run(family, "whole", folder.path());
    context::check(&observer, family, &worker);
    check_ends_from_outside(&observer, &worker, folder.path());
    let state = refused[0].state.as_ref().expect("a state");
    assert_eq!(
        (state.kind, state.message.as_deref()),
        (StateType::Failed, Some("no disk"))
    );
}

/// A run that is cancelled ends in Cancelled, one whose process is killed in Crashed; no process stays.
fn check_ends_from_outside(observer: &Observer, worker: &Worker, folder: &Path) {
    let deployment = observer.deployment("endless");
    for how in ["cancelled", "killed"] {
        let id = observer.start_run(deployment, how, folder);
        let process = process_in(&folder.join(how));
        if how == "cancelled" {
            let cancelling = State::new(StateType::Cancelling);
            let asked = observer
                .client
                .set_flow_run_state(id, cancelling, Uuid::new_v4());
            observer.runtime.block_on(asked).expect("an answer");
        } else {
            let mut kill = std::process::Command::new("kill");
            let killed = kill.args(["-9", &process]).status();
            assert!(killed.expect("kill").success());
        }
        let states = observer.states(id, worker);
        let end = states.last().map(String::as_str);
        let expected = if how == "cancelled" {
            "Cancelled"
        } else {
            "Crashed"
        };
        assert_eq!(end, Some(expected), "{states:?}");
        let deadline = Instant::now() + PATIENCE;
        while is_alive(&process) {
            assert!(
                Instant::now() < deadline,
                "the process {process} is still there"
            );
            std::thread::sleep(ASK);
        }
        if how == "cancelled" {
            let tasks = observer.task_runs(id, 1);
            let state = tasks[0].state.as_ref().map(|state| state.kind);
            assert_eq!(state, Some(StateType::Cancelled));
            let logs = observer.logs(id);
            assert!(
                logs.iter().any(|(message, ..)| message == "it begins"),
                "{logs:?}"
            );
        }
    }
}

/// The id that a flow has written into a file.
fn process_in(file: &Path) -> String {
    let deadline = Instant::now() + PATIENCE;
    loop {
        match std::fs::read_to_string(file) {
            Ok(id) if !id.is_empty() => return id,
            _ => assert!(Instant::now() < deadline, "{} is missing", file.display()),
        }
        std::thread::sleep(ASK);
    }
}

/// Whether a process runs; one that nobody has waited for yet does not.
fn is_alive(process: &str) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat"));
    stat.is_ok_and(|stat| !stat.contains(") Z "))
}

/// What every worker does in the same way: 3.x passes Pending under names of its own.
fn without_submission(mut names: Vec<String>) -> Vec<String> {
    names.retain(|name| {
        !matches!(
            name.as_str(),
            "Late" | "Submitting" | "InfrastructurePending"
        )
    });
    names.dedup();
    if names.first().is_some_and(|name| name == "Scheduled")
        && names.get(1).is_some_and(|name| name == "Running")
    {
        names.insert(1, "Pending".to_owned());
    }
    names
}

fn check_success(observer: &Observer, id: Uuid) {
    let run = observer.run(id);
    assert_eq!((run.name.as_str(), run.run_count), ("trial-well", 1));
    assert_eq!(run.flow_version.map(|digest| digest.len()), Some(64));
    let runs = observer.task_runs(id, 4);
    let told: Vec<_> = runs
        .iter()
        .map(|run| {
            let kind = run.state.as_ref().map(|state| state.kind);
            (run.name.as_str(), kind, run.run_count)
        })
        .collect();
    let completed = Some(StateType::Completed);
    assert_eq!(
        told,
        [
            ("flaky-0", completed, 2),
            ("load-0", completed, 1),
            ("load-1", completed, 1),
            ("slow-0", completed, 1),
        ]
    );
    let [flaky, load, _, slow] = runs.as_slice() else {
        panic!("four task runs, not {runs:?}");
    };
    assert_eq!(load.tags, ["input"]);
    let took = slow.end_time.expect("an end") - slow.start_time.expect("a start");
    assert!(took.num_milliseconds() >= 1200, "{took}");
    assert_eq!(
        observer.graph(id),
        json!({"flaky-0": ["slow-0"], "load-0": [], "load-1": [], "slow-0": []})
    );
    let logs = observer.logs(id);
    let has = |text: &str, level: i32, task: Option<Uuid>| {
        logs.iter()
            .any(|(message, its, of)| message == text && *its == level && *of == task)
    };
    assert!(has("all is well answer=42", 20, None), "{logs:?}");
    assert!(has("page 1", 20, Some(load.id)), "{logs:?}");
    assert!(has("sum 3, attempts 2", 30, None), "{logs:?}");
    let warning = logs
        .iter()
        .find(|(_, level, of)| *level == 30 && of.is_some());
    assert_eq!(warning.map(|(_, _, of)| *of), Some(Some(flaky.id)));
}
