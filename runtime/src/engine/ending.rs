//! What becomes of the run when the process is asked to end.

use std::pin::Pin;
use std::time::Duration;

use chrono::Utc;
use longshore_prefect::{State, StateType};
use tokio::sync::watch;
use tokio::time::{sleep, timeout};
use uuid::Uuid;

use super::api::Api;
use super::{EngineError, reentry};
use crate::{run, termination};

/// Whoever sent the signal kills soon; the server has so long to say whether the run is being cancelled.
const ASK: Duration = Duration::from_secs(5);

/// What this process does for the run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Phase {
    /// The function has not been called yet.
    Beginning,
    /// The function runs, or its end is being told.
    Attempting,
    /// A further attempt is to come.
    Waiting,
}

/// The phase, for whoever looks from outside.
#[derive(Debug)]
pub(super) struct CurrentPhase(watch::Sender<Phase>);

impl CurrentPhase {
    pub(super) fn new() -> Self {
        Self(watch::Sender::new(Phase::Beginning))
    }

    pub(super) fn set(&self, phase: Phase) {
        self.0.send_replace(phase);
    }

    pub(super) fn is(&self, phase: Phase) -> bool {
        *self.0.borrow() == phase
    }

    async fn reaches(&self, phase: Phase) {
        // The sender is never dropped.
        let _ = self
            .0
            .subscribe()
            .wait_for(|current| *current == phase)
            .await;
    }
}

/// Brings the run to an end after a signal; `live` is its life so far.
pub(super) async fn end<F>(api: &Api, grace: Duration, live: Pin<&mut F>) -> Result<(), EngineError>
where
    F: Future<Output = Result<(), EngineError>>,
{
    tracing::warn!("the process is asked to end");
    let run = timeout(ASK, api.read()).await;
    let state = run.ok().and_then(Result::ok).and_then(|run| run.state);
    let kind = state.map(|state| state.kind);
    if matches!(kind, Some(StateType::Cancelling | StateType::Cancelled)) {
        // Whoever has stopped us ends the run, and knows nothing of what it has called.
        stop_tasks(api).await;
        api.end_subflows(&cancelled()).await;
        return Ok(());
    }
    termination::request();
    if api.phase.is(Phase::Beginning) {
        return crash(api).await;
    }
    tokio::select! {
        biased;
        end = live => end,
        () = api.phase.reaches(Phase::Waiting) => {
            let state = api.read().await?.state;
            let due = state.and_then(|state| state.state_details.scheduled_time);
            reentry::give_to_workers(api, due.unwrap_or_else(Utc::now)).await
        }
        () = sleep(grace) => {
            stop_tasks(api).await;
            crash(api).await
        }
    }
}

/// What a subflow is whose call nobody waits for any more.
pub(super) fn abandoned() -> State {
    State {
        message: Some("The call was dropped before its end.".to_owned()),
        ..State::new(StateType::Cancelled)
    }
}

/// What a subflow is whose caller is cancelled.
fn cancelled() -> State {
    State {
        message: Some("The flow run that called it was cancelled.".to_owned()),
        ..State::new(StateType::Cancelled)
    }
}

/// What a run is that a signal has ended.
pub(super) fn crashed() -> State {
    State {
        message: Some("Execution was aborted by a termination signal.".to_owned()),
        ..State::new(StateType::Crashed)
    }
}

async fn crash(api: &Api) -> Result<(), EngineError> {
    api.flush_logs().await;
    api.end_subflows(&crashed()).await;
    api.propose(&crashed(), Uuid::new_v4()).await.map(drop)
}

async fn stop_tasks(api: &Api) {
    if let Some(attempt) = run::current() {
        attempt.end().await;
        api.flush_task_reports().await;
    }
    api.flush_logs().await;
}
