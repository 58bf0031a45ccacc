//! What the server and the machine know of flow runs, asked with patience.

use std::path::Path;
use std::time::{Duration, Instant};

use longshore_prefect::{
    Client, ClientOptions, DeploymentFilter, Error, FlowRun, FlowRunWrite, State, TaskRun,
};
use longshore_rig::{PrefectServer, Worker};
use serde_json::{Map, Value, json};
use tokio::runtime::Runtime;
use uuid::Uuid;

/// A worker asks every two seconds and starts runs one after the other; a busy machine takes longer.
const PATIENCE: Duration = Duration::from_secs(240);

/// How often the server is asked.
const ASK: Duration = Duration::from_millis(500);

/// Looks until there is something to see.
#[track_caller]
pub(super) fn until<T>(what: impl Fn() -> String, mut look: impl FnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + PATIENCE;
    loop {
        if let Some(seen) = look() {
            return seen;
        }
        assert!(Instant::now() < deadline, "{}", what());
        std::thread::sleep(ASK);
    }
}

pub(super) struct Observer {
    pub(super) runtime: Runtime,
    pub(super) client: Client,
    http: reqwest::Client,
    api_url: String,
}

impl Observer {
    pub(super) fn of(server: &PrefectServer) -> Self {
        Self {
            runtime: Runtime::new().expect("a runtime"),
            client: Client::new(ClientOptions::new(server.api_url())).expect("a client"),
            http: reqwest::Client::builder()
                .tls_backend_preconfigured(
                    longshore_tls::client_config(longshore_tls::Trust::Nobody).expect("TLS"),
                )
                .build()
                .expect("a client"),
            api_url: server.api_url(),
        }
    }

    pub(super) fn deployment(&self, name: &str) -> Uuid {
        let found = self
            .runtime
            .block_on(self.client.deployments(&DeploymentFilter::default()))
            .expect("the deployments");
        let mut found = found.iter();
        let found = found.find(|deployment| deployment.name == name);
        found.expect("the deployment").id
    }

    pub(super) fn start_run(&self, deployment: Uuid, how: &str, folder: &Path) -> Uuid {
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
    pub(super) fn ask<T, F: Future<Output = Result<T, Error>>>(
        &self,
        question: impl Fn() -> F,
    ) -> T {
        let deadline = Instant::now() + PATIENCE;
        loop {
            match self.runtime.block_on(question()) {
                Ok(answer) => return answer,
                Err(error) => assert!(Instant::now() < deadline, "{error:?}"),
            }
        }
    }

    pub(super) fn run(&self, id: Uuid) -> FlowRun {
        let run = self.ask(|| self.client.flow_run(id));
        run.expect("the flow run")
    }

    /// The names of all states, oldest first, once the run has ended.
    pub(super) fn states(&self, id: Uuid, worker: &Worker) -> Vec<String> {
        let output = || std::fs::read_to_string(worker.log()).unwrap_or_default();
        let states = || self.ask(|| self.client.flow_run_states(id));
        let what = || format!("it is still {:?}: {}", names(&states()), output());
        until(what, || {
            let states = states();
            let last = states.last()?;
            last.kind.is_terminal().then(|| names(&states))
        })
    }

    /// The task runs once there are so many and all have ended: 3.x records them a little later.
    pub(super) fn task_runs(&self, id: Uuid, count: usize) -> Vec<TaskRun> {
        let runs = || self.ask(|| self.client.task_runs(id));
        let what = || {
            let runs = runs();
            let count_of_them = runs.len();
            format!("{count} task runs, not {count_of_them}: {runs:?}")
        };
        until(what, || {
            let runs = runs();
            let has_ended = |run: &TaskRun| {
                let state = run.state.as_ref();
                state.is_some_and(|state| state.kind.is_terminal())
            };
            (runs.len() == count && runs.iter().all(has_ended)).then_some(runs)
        })
    }

    /// Messages of the flow's own log, with the task run that each belongs to, without what the engine says of a server
    /// that is slow or away: one on SQLite may be for a minute.
    pub(super) fn logs(&self, id: Uuid) -> Vec<(String, i32, Option<Uuid>)> {
        let of_worker = ["prefect.flow_runs.worker", "prefect.flow_runs.runner"];
        let logs = self.ask(|| self.client.logs(id)).into_iter();
        logs.filter(|log| !of_worker.contains(&log.name.as_str()))
            .filter(|log| !log.message.starts_with("the Prefect server is away"))
            .map(|log| (log.message, log.level, log.task_run_id))
            .collect()
    }

    /// What the client has no call for.
    pub(super) fn get(&self, path: &str) -> Value {
        self.bare(&self.http.get(format!("{}{path}", self.api_url)))
    }

    pub(super) fn post(&self, path: &str, body: &Value) -> Value {
        let request = self.http.post(format!("{}{path}", self.api_url));
        let request = request.header("content-type", "application/json");
        self.bare(&request.body(body.to_string()))
    }

    /// Asks again where a connection breaks or the server fails: a connection that was left open may be closed by now.
    fn bare(&self, request: &reqwest::RequestBuilder) -> Value {
        let ask = async || {
            let request = request.try_clone().expect("a body in memory");
            request.send().await?.error_for_status()?.text().await
        };
        let deadline = Instant::now() + PATIENCE;
        let body = loop {
            match self.runtime.block_on(ask()) {
                Ok(body) => break body,
                Err(error) => {
                    let is_refused = error
                        .status()
                        .is_some_and(|status| status.is_client_error());
                    assert!(!is_refused && Instant::now() < deadline, "{error:?}");
                    std::thread::sleep(ASK);
                }
            }
        };
        serde_json::from_str(&body).expect("JSON")
    }

    /// From the label of each node of the run's graph to the labels of those before it.
    pub(super) fn graph(&self, id: Uuid) -> Value {
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

fn names(states: &[State]) -> Vec<String> {
    let names = states.iter().filter_map(|state| state.name.clone());
    names.collect()
}

/// The id that a flow has written into a file.
pub(super) fn process_in(file: &Path) -> String {
    until(
        || format!("{} is missing", file.display()),
        || {
            let id = std::fs::read_to_string(file).ok()?;
            (!id.is_empty()).then_some(id)
        },
    )
}

/// Waits until a process is gone.
pub(super) fn wait_for_end(process: &str) {
    until(
        || format!("the process {process} is still there"),
        || (!is_alive(process)).then_some(()),
    );
}

/// Whether a process runs; one that nobody has waited for yet does not.
fn is_alive(process: &str) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat"));
    stat.is_ok_and(|stat| !stat.contains(") Z "))
}

/// What every worker does in the same way: 3.x passes Pending under names of its own.
pub(super) fn without_submission(mut names: Vec<String>) -> Vec<String> {
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
