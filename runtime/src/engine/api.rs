//! What the engine asks of the server about its flow run, and tells it.

use std::sync::Arc;
use std::time::Duration;

use longshore_prefect::{
    Client, FlowRun, FlowRunUpdate, SetStateAnswer, SetStateDetails, SetStateStatus, State,
    StateType,
};
use tokio::sync::{mpsc, oneshot};
use uuid::Uuid;

use super::EngineError;
use super::ending::CurrentPhase;
use super::patience::Patience;
use super::task_reports::{Flush, TaskReports};
use crate::log::{Queue, Sender};
use crate::task::Told;

/// One flow run on its server.
#[derive(Debug)]
pub(super) struct Api {
    pub(super) client: Client,
    pub(super) id: Uuid,
    patience: Patience,
    logs: Option<Arc<Queue>>,
    pub(super) task_reports: mpsc::UnboundedSender<Told>,
    flushes: mpsc::Sender<Flush>,
    pub(super) phase: CurrentPhase,
}

/// How long the end of an attempt may wait for the reports of its tasks: on 2.x a thousand take half a minute.
const TASKS_BEFORE_END: Duration = Duration::from_secs(120);

/// How long the end of a run may wait for the log records before it.
const LOGS_BEFORE_END: Duration = Duration::from_secs(10);

/// How long the process stays for them afterwards: a server stores some thousand in a second.
const LOGS_AFTER_END: Duration = Duration::from_secs(300);

impl Api {
    /// Starts what sends logs and reports; needs a runtime.
    pub(super) fn new(
        client: Client,
        id: Uuid,
        patience: Patience,
        logs: Option<Arc<Queue>>,
    ) -> Self {
        let (task_reports, told) = mpsc::unbounded_channel();
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
        };
        api.start_sending_logs();
        api
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

    pub(super) async fn read(&self) -> Result<FlowRun, EngineError> {
        let run = self
            .patience
            .call(|| self.client.flow_run(self.id))
            .await
            .map_err(failed("read the flow run"))?;
        run.ok_or(EngineError::NoRun(self.id))
    }

    pub(super) async fn flow_name(&self, run: &FlowRun) -> Result<String, EngineError> {
        let flow = self
            .patience
            .call(|| self.client.flow(run.flow_id))
            .await
            .map_err(failed("read the flow of the run"))?;
        Ok(flow.map(|flow| flow.name).unwrap_or_default())
    }

    pub(super) async fn update(&self, update: &FlowRunUpdate) -> Result<(), EngineError> {
        self.patience
            .call(|| self.client.update_flow_run(self.id, update))
            .await
            .map_err(failed("write version, name and retries of the flow run"))
    }

    pub(super) async fn states(&self) -> Result<Vec<State>, EngineError> {
        self.patience
            .call(|| self.client.flow_run_states(self.id))
            .await
            .map_err(failed("read the states of the flow run"))
    }

    pub(super) async fn restore(&self, state: &State) -> Result<(), EngineError> {
        self.patience
            .call(|| self.client.force_flow_run_state(self.id, state))
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
        loop {
            let answer = self
                .client
                .propose_flow_run_state(self.id, state, transition)
                .await;
            let mut answer = match answer {
                Ok(answer) => answer,
                Err(error) => {
                    let lost = error.answer_was_lost();
                    outage
                        .bear(error)
                        .await
                        .map_err(failed("report the state of the flow run"))?;
                    let run = if lost { Some(self.read().await?) } else { None };
                    match run.and_then(|run| lost_answer(&run, state, transition)) {
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

fn failed(attempted: &'static str) -> impl FnOnce(longshore_prefect::Error) -> EngineError {
    move |source| EngineError::Call { attempted, source }
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
