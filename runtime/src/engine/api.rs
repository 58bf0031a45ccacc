//! What the engine asks of the server about its flow run, and tells it.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use longshore_prefect::{
    Artifact, ArtifactWrite, ChildRunWrite, Client, Error, FlowRun, FlowRunUpdate, Patience,
    SetStateAnswer, SetStateDetails, SetStateStatus, State, StateType, TaskRunWrite, cut,
};
use serde_json::Value;
use tokio::sync::mpsc::error::TrySendError;
use tokio::sync::{mpsc, oneshot};
use uuid::Uuid;

use super::EngineError;
use super::container::KilledForMemory;
use super::phase::CurrentPhase;
use super::task_reports::{Flush, TaskReports};
use crate::error::chain;
use crate::log::{Queue, Sender};
use crate::task::Told;

/// One flow run on its server.
#[derive(Debug)]
pub(crate) struct Api {
    pub(super) client: Client,
    pub(super) id: Uuid,
    patience: Patience,
    logs: Option<Arc<Queue>>,
    task_reports: mpsc::Sender<Told>,
    flushes: mpsc::Sender<Flush>,
    pub(super) phase: CurrentPhase,
    shared: Arc<Shared>,
}

/// What a run has in common with its subflows.
#[derive(Debug, Default)]
struct Shared {
    /// How many reports of task runs did not fit and have not been told of.
    dropped: AtomicU64,
    /// Subflows that have begun and whose end nobody has told yet.
    open_subflows: Mutex<BTreeSet<Uuid>>,
    killed: KilledForMemory,
}

/// How many reports of task runs may wait while the server is slow or away, which takes some fifty megabytes.
const MOST_REPORTS: usize = 1 << 16;

/// How long the end of an attempt may wait for the reports of its tasks: on 2.x a thousand take half a minute.
const TASKS_BEFORE_END: Duration = Duration::from_secs(120);

/// How long the end of a run may wait for the log records before it, which counts as time of the run.
const LOGS_BEFORE_END: Duration = Duration::from_secs(2);

/// How long the process stays for them afterwards: a server stores some thousand in a second.
const LOGS_AFTER_END: Duration = Duration::from_secs(300);

/// Length in bytes of a message that any database stores.
const LONGEST_REDUCED: usize = 1000;

impl Api {
    /// Starts what sends logs and reports; needs a runtime.
    pub(super) fn new(
        client: Client,
        id: Uuid,
        patience: Patience,
        logs: Option<Arc<Queue>>,
    ) -> Self {
        let (task_reports, told) = mpsc::channel(MOST_REPORTS);
        let (flushes, asked) = mpsc::channel(1);
        tokio::spawn(TaskReports::new(client.clone(), told, asked).run());
        let api = Self {
            client,
            id,
            patience,
            logs,
            task_reports,
            flushes,
            phase: CurrentPhase::new(),
            shared: Arc::default(),
        };
        api.start_sending_logs();
        api
    }

    /// The same for a subflow of the run.
    pub(super) fn of_subflow(&self, id: Uuid) -> Self {
        Self {
            client: self.client.clone(),
            id,
            patience: self.patience,
            logs: self.logs.clone(),
            task_reports: self.task_reports.clone(),
            flushes: self.flushes.clone(),
            phase: CurrentPhase::new(),
            shared: Arc::clone(&self.shared),
        }
    }

    /// The same run over another client, which another runtime may use.
    pub(super) fn over(&self, client: Client, patience: Patience) -> Self {
        let api = Self {
            client,
            patience,
            ..self.of_subflow(self.id)
        };
        api.start_sending_logs();
        api
    }

    /// Processes of the run that the kernel has killed for lack of memory.
    pub(super) fn killed(&self) -> &KilledForMemory {
        &self.shared.killed
    }

    /// Notes that a subflow has begun.
    pub(super) fn opened_subflow(&self, id: Uuid) {
        self.open_subflows().insert(id);
    }

    /// Notes that the end of a subflow is told; `false` if somebody else does, or has.
    pub(super) fn closed_subflow(&self, id: Uuid) -> bool {
        self.open_subflows().remove(&id)
    }

    /// Takes the subflows that have begun and not ended; the caller reports their ends.
    pub(super) fn take_open_subflows(&self) -> BTreeSet<Uuid> {
        std::mem::take(&mut *self.open_subflows())
    }

    /// Ends these subflows.
    pub(super) async fn end_subflows(&self, subflows: BTreeSet<Uuid>, state: &State) {
        for id in subflows {
            let ended = self.of_subflow(id).propose(state, Uuid::new_v4()).await;
            if let Err(error) = ended {
                tracing::warn!("the server lacks the end of a subflow: {}", chain(&error));
            }
        }
    }

    fn open_subflows(&self) -> MutexGuard<'_, BTreeSet<Uuid>> {
        let open = self.shared.open_subflows.lock();
        open.unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes a report of a task run; beyond the bound it is dropped and counted. Never waits.
    pub(crate) fn tell(&self, told: Told) {
        // The reporter lives as long as the runtime, after which nobody listens.
        if let Err(TrySendError::Full(_)) = self.task_reports.try_send(told) {
            self.shared.dropped.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Sends the reports of an attempt's tasks, before that of the attempt itself.
    pub(super) async fn flush_task_reports(&self) {
        let all = async {
            let (flush, done) = oneshot::channel();
            // The reporter lives as long as the runtime.
            let _ = self.flushes.send(flush).await;
            let _ = done.await;
        };
        if tokio::time::timeout(TASKS_BEFORE_END, all).await.is_err() {
            tracing::warn!("the server lacks reports of task runs");
        }
        let dropped = self.shared.dropped.swap(0, Ordering::Relaxed);
        if dropped > 0 {
            tracing::warn!(
                "{dropped} reports of task runs were dropped: the server did not take them in time"
            );
        }
    }

    fn start_sending_logs(&self) {
        if let Some(queue) = &self.logs {
            let sender = Sender {
                client: self.client.clone(),
                flow_run: self.id,
                queue: Arc::clone(queue),
            };
            tokio::spawn(sender.run());
        }
    }

    /// Sends the log records of an attempt, so that they are there once its end is.
    pub(super) async fn flush_logs(&self) {
        if let Some(queue) = &self.logs {
            queue.flush(LOGS_BEFORE_END).await;
        }
    }

    /// Sends what is left, unless the server is gone, and tells on the terminal how much is missing there.
    pub(super) async fn end_logs(&self, end: &Result<(), EngineError>) {
        let Some(queue) = &self.logs else { return };
        if end.is_ok() {
            queue.flush(LOGS_AFTER_END).await;
        }
        let missing = queue.missing();
        if missing > 0 {
            tracing::warn!("the server lacks {missing} log records of the run");
        }
    }

    async fn call<T, F: Future<Output = Result<T, Error>>>(
        &self,
        attempt: impl FnMut() -> F,
    ) -> Result<T, Error> {
        self.patience.call(attempt, || self.answers()).await
    }

    /// Whether the server answers another request about the run.
    async fn answers(&self) -> bool {
        self.client.flow_run(self.id).await.is_ok()
    }

    pub(super) async fn read(&self) -> Result<FlowRun, EngineError> {
        let run = self
            .call(|| self.client.flow_run(self.id))
            .await
            .map_err(failed("read the flow run"))?;
        run.ok_or(EngineError::NoRun(self.id))
    }

    pub(super) async fn flow_name(&self, run: &FlowRun) -> Result<String, EngineError> {
        let flow = self
            .call(|| self.client.flow(run.flow_id))
            .await
            .map_err(failed("read the flow of the run"))?;
        Ok(flow.map(|flow| flow.name).unwrap_or_default())
    }

    /// The name of the run's deployment; `None` if it has none any more.
    pub(super) async fn deployment_name(
        &self,
        run: &FlowRun,
    ) -> Result<Option<String>, EngineError> {
        let Some(id) = run.deployment_id else {
            return Ok(None);
        };
        let deployment = self
            .call(|| self.client.deployment(id))
            .await
            .map_err(failed("read the deployment of the run"))?;
        Ok(deployment.map(|deployment| deployment.name))
    }

    /// The id of a flow that a subflow is a run of.
    pub(super) async fn flow_id(&self, name: &str) -> Result<Uuid, EngineError> {
        let flow = self
            .call(|| self.client.upsert_flow(name, &[]))
            .await
            .map_err(failed("register the flow of a subflow"))?;
        Ok(flow.id)
    }

    /// Makes a task run that stands for a subflow, and the run of that subflow.
    pub(super) async fn create_subflow(
        &self,
        task_run: &TaskRunWrite,
        run: &ChildRunWrite,
    ) -> Result<FlowRun, EngineError> {
        let pending = State::new(StateType::Pending);
        self.call(|| self.client.create_task_run(task_run, &pending))
            .await
            .map_err(failed("make the task run of a subflow"))?;
        self.call(|| self.client.create_child_run(run))
            .await
            .map_err(failed("make the run of a subflow"))
    }

    /// The value of a secret block; `None` if there is no such block.
    pub(super) async fn secret_block(&self, name: &str) -> Result<Option<Value>, EngineError> {
        self.call(|| self.client.secret_block(name))
            .await
            .map_err(failed("read a secret of the run"))
    }

    /// The value of a variable; `None` if there is no such variable.
    pub(crate) async fn variable(&self, name: &str) -> Result<Option<Value>, Error> {
        self.call(|| self.client.variable(name)).await
    }

    pub(crate) async fn create_artifact(
        &self,
        artifact: &ArtifactWrite,
    ) -> Result<Artifact, Error> {
        self.call(|| self.client.create_artifact(artifact)).await
    }

    pub(crate) async fn update_artifact(&self, id: Uuid, data: &Value) -> Result<(), Error> {
        self.call(|| self.client.update_artifact(id, data)).await
    }

    /// Writes version, name and retries; a name that the server cannot store is left out, and that is told.
    pub(super) async fn update(&self, update: &FlowRunUpdate) -> Result<(), EngineError> {
        let error = match self
            .call(|| self.client.update_flow_run(self.id, update))
            .await
        {
            Err(error) if update.name.is_some() && error.is_failure_of_server() => error,
            answer => {
                return answer.map_err(failed("write version, name and retries of the flow run"));
            }
        };
        tracing::warn!(
            "the server cannot store the name of the flow run, which keeps its own: {error}"
        );
        let without = FlowRunUpdate {
            name: None,
            ..update.clone()
        };
        self.call(|| self.client.update_flow_run(self.id, &without))
            .await
            .map_err(failed("write version and retries of the flow run"))
    }

    pub(super) async fn states(&self) -> Result<Vec<State>, EngineError> {
        self.call(|| self.client.flow_run_states(self.id))
            .await
            .map_err(failed("read the states of the flow run"))
    }

    pub(super) async fn restore(&self, state: &State) -> Result<(), EngineError> {
        self.call(|| self.client.force_flow_run_state(self.id, state))
            .await
            .map(drop)
            .map_err(failed(
                "put the flow run back into the state that it ended in",
            ))
    }

    /// Proposes a state until the server has decided; one transition id serves all tries.
    pub(super) async fn propose(
        &self,
        state: &State,
        transition: Uuid,
    ) -> Result<SetStateAnswer, EngineError> {
        let mut outage = self.patience.outage();
        let mut state = Cow::Borrowed(state);
        loop {
            let answer = self
                .client
                .propose_flow_run_state(self.id, &state, transition)
                .await;
            let mut answer = match answer {
                Ok(answer) => answer,
                Err(error) => {
                    let lost = error.answer_was_lost();
                    if outage.may_be_about_content(&error)
                        && let Some(reduced) = reduced(&state)
                        && self.answers().await
                    {
                        tracing::warn!(
                            "the server cannot store the message of the flow run's state, which is reduced: {error}"
                        );
                        state = Cow::Owned(reduced);
                        outage.begin_again();
                        continue;
                    }
                    outage
                        .bear(error)
                        .await
                        .map_err(failed("report the state of the flow run"))?;
                    let run = if lost { Some(self.read().await?) } else { None };
                    match run.and_then(|run| lost_answer(&run, &state, transition)) {
                        Some(answer) => answer,
                        None => continue,
                    }
                }
            };
            if answer.is_repetition(transition) {
                answer.status = SetStateStatus::Accept;
            }
            if answer.status != SetStateStatus::Wait {
                return Ok(answer);
            }
            let seconds = answer.details.delay_seconds.unwrap_or(1.0).clamp(0.1, 60.0);
            tokio::time::sleep(Duration::from_secs_f64(seconds)).await;
        }
    }
}

fn failed(attempted: &'static str) -> impl FnOnce(Error) -> EngineError {
    move |source| EngineError::Call { attempted, source }
}

/// The state with less of its message, until there is none.
fn reduced(state: &State) -> Option<State> {
    const NOTE: &str = " (the server did not store the whole message)";
    let message = state.message.as_deref()?;
    let message = if message.ends_with(NOTE) {
        None
    } else {
        let plain: String = message
            .chars()
            .map(|character| match character {
                ' '..='~' | '\n' => character,
                _ => '?',
            })
            .collect();
        Some(format!("{}{NOTE}", cut(plain, LONGEST_REDUCED)))
    };
    Some(State {
        message,
        ..state.clone()
    })
}

/// The answer that got lost, told from where the run stands; `None` if the proposal did not arrive.
fn lost_answer(run: &FlowRun, proposed: &State, transition: Uuid) -> Option<SetStateAnswer> {
    let state = run.state.clone()?;
    let status = if state.state_details.transition_id == Some(transition) {
        SetStateStatus::Accept
    } else if proposed.kind == StateType::Failed && state.kind == StateType::Scheduled {
        // The server has put a further attempt in place of the failure.
        SetStateStatus::Reject
    } else {
        return None;
    };
    Some(SetStateAnswer {
        state: Some(state),
        status,
        details: SetStateDetails::default(),
    })
}
