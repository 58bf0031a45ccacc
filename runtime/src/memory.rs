//! What stands for a server in tests: runs are collected, nothing is sent.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use longshore_prefect::{ArtifactWrite, FlowRun, Secret};
use serde_json::{Map, Value};
use uuid::Uuid;

use crate::end::Output;
use crate::engine::run_name;
use crate::error::FlowTimedOut;
use crate::log::Record;
use crate::mask::masked;
use crate::parameter::ArgumentReader;
use crate::record::FlowRecord;
use crate::run::{Attempt, Run, Server};
use crate::subflow::{SubflowCall, one};
use crate::task::Told;
use crate::testing::{SeenArtifact, SeenLog, SeenRun, SeenState, SeenTask};

/// The runs of one test, and what they find.
#[derive(Debug)]
pub(crate) struct Memory {
    variables: HashMap<String, Value>,
    secrets: HashMap<String, Secret>,
    runs: Mutex<Vec<SeenRun>>,
}

impl Memory {
    pub(crate) fn new(variables: HashMap<String, Value>, secrets: HashMap<String, Secret>) -> Self {
        Self {
            variables,
            secrets,
            runs: Mutex::default(),
        }
    }

    pub(crate) fn variable(&self, name: &str) -> Option<Value> {
        self.variables.get(name).cloned()
    }

    pub(crate) fn secret(&self, name: &str) -> Option<Secret> {
        self.secrets.get(name).cloned()
    }

    pub(crate) fn runs(&self) -> Vec<SeenRun> {
        self.lock().clone()
    }

    fn lock(&self) -> MutexGuard<'_, Vec<SeenRun>> {
        self.runs.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn change(&self, id: Uuid, change: impl FnOnce(&mut SeenRun)) {
        if let Some(run) = self.lock().iter_mut().find(|run| run.id == id) {
            change(run);
        }
    }

    fn enter(&self, id: Uuid, name: &str, message: Option<String>) {
        let state = state(name, message);
        self.change(id, |run| run.states.push(state));
    }

    pub(crate) fn tell(&self, told: Told) {
        let reported = told.report.state;
        let state = state(&reported.name.unwrap_or_default(), reported.message);
        self.change(told.run.flow_run_id, |run| {
            let known = run.tasks.iter_mut().find(|task| task.id == told.run.id);
            match known {
                Some(task) => task.states.push(state),
                None => run.tasks.push(SeenTask {
                    id: told.run.id,
                    name: told.run.name.clone(),
                    tags: told.run.tags.clone(),
                    after: edges(&told.run.task_inputs),
                    states: vec![state],
                }),
            }
        });
    }

    pub(crate) fn create_artifact(&self, artifact: &ArtifactWrite) -> Uuid {
        let id = Uuid::new_v4();
        let seen = SeenArtifact {
            id,
            key: artifact.key.clone(),
            kind: artifact.kind.clone(),
            data: artifact.data.clone(),
        };
        self.change(artifact.flow_run_id.unwrap_or_default(), |run| {
            run.artifacts.push(seen);
        });
        id
    }

    pub(crate) fn update_artifact(&self, id: Uuid, data: &Value) {
        let mut runs = self.lock();
        let mut artifacts = runs.iter_mut().flat_map(|run| &mut run.artifacts);
        if let Some(artifact) = artifacts.find(|artifact| artifact.id == id) {
            artifact.data = data.clone();
        }
    }

    /// Gives every run its records; those that belong to none are dropped.
    pub(crate) fn add_logs(&self, records: Vec<Record>) {
        for record in records {
            let log = SeenLog {
                level: record.level,
                message: record.text,
                task: record.origin.task_run,
            };
            self.change(record.origin.flow_run.unwrap_or_default(), |run| {
                run.logs.push(log);
            });
        }
    }

    fn begin(&self, call: &SubflowCall) -> Uuid {
        let record = call.record;
        let id = Uuid::new_v4();
        let name = run_name(record, &call.parameters);
        self.lock().push(SeenRun {
            id,
            flow: record.name.to_string(),
            name: name.unwrap_or_else(|| record.name.to_string()),
            parent: call.parent.as_ref().map(|parent| parent.run().id()),
            parameters: call.parameters.clone(),
            states: Vec::new(),
            tasks: Vec::new(),
            logs: Vec::new(),
            artifacts: Vec::new(),
        });
        id
    }
}

fn state(name: &str, message: Option<String>) -> SeenState {
    SeenState {
        name: name.to_owned(),
        message: message.map(|text| masked(&text).into_owned()),
    }
}

/// The ids of the task runs that a task run comes after.
fn edges(inputs: &Map<String, Value>) -> Vec<Uuid> {
    let edges = inputs.values().filter_map(Value::as_array).flatten();
    let ids = edges.filter_map(|edge| edge["id"].as_str()?.parse().ok());
    ids.collect()
}

/// A run that has begun; one that is dropped before its end was cancelled.
struct Open {
    memory: Arc<Memory>,
    id: Uuid,
    has_ended: bool,
}

impl Drop for Open {
    fn drop(&mut self) {
        if !self.has_ended {
            let message = "The call was dropped before its end.".to_owned();
            self.memory.enter(self.id, "Cancelled", Some(message));
        }
    }
}

/// Runs a flow to its end, with its retries and its time limit, and gives what its last attempt gave.
pub(crate) async fn run_in_memory<T, F: Future<Output = T>>(
    memory: Arc<Memory>,
    call: SubflowCall,
    output: Output<T, FlowTimedOut>,
    mut attempt: impl FnMut(Option<&mut ArgumentReader>) -> Option<F>,
) -> T {
    let id = memory.begin(&call);
    let record = call.record;
    let mut open = Open {
        memory: Arc::clone(&memory),
        id,
        has_ended: false,
    };
    let mut attempts = 0;
    let mut next = attempt(None);
    loop {
        let Some(body) = next else {
            return std::future::pending().await;
        };
        attempts += 1;
        memory.enter(id, "Running", None);
        let run = Run::new(flow_run(&call, id, attempts), record.name.as_str(), None);
        let server = Server::Memory(Arc::clone(&memory));
        let end = one(record, Attempt::of_subflow(run, server), body, &output).await;
        let (name, message) = match end.failure(&output) {
            Some((name, message)) => (name, Some(message)),
            None => ("Completed", None),
        };
        let mut arguments = ArgumentReader::again(record.parameters, call.parameters.clone());
        next = (message.is_some() && attempts <= record.retries)
            .then(|| attempt(Some(&mut arguments)))
            .flatten();
        if next.is_none() {
            memory.enter(id, name, message);
            open.has_ended = true;
            return end.into_value(&output);
        }
        memory.enter(id, "AwaitingRetry", message);
        drop(end);
        tokio::time::sleep(delay(record, attempts)).await;
    }
}

fn delay(record: &FlowRecord, attempts: u32) -> Duration {
    let index = usize::try_from(attempts - 1).unwrap_or(usize::MAX);
    let delays = record.retry_delay;
    let delay = delays.get(index).or(delays.last());
    delay.map(|delay| delay.as_duration()).unwrap_or_default()
}

fn flow_run(call: &SubflowCall, id: Uuid, attempts: u32) -> FlowRun {
    FlowRun {
        id,
        name: run_name(call.record, &call.parameters)
            .unwrap_or_else(|| call.record.name.to_string()),
        flow_id: Uuid::nil(),
        deployment_id: None,
        parent_task_run_id: None,
        state: None,
        expected_start_time: None,
        start_time: None,
        end_time: None,
        flow_version: None,
        empirical_policy: Map::new(),
        run_count: attempts,
        auto_scheduled: false,
        infrastructure_pid: None,
        parameters: call.parameters.clone(),
        tags: Vec::new(),
        work_pool_name: None,
        work_queue_name: None,
        job_variables: Map::new(),
    }
}
