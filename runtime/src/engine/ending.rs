//! Ends a run that has to stop before its function returns.

use std::pin::Pin;
use std::time::Duration;

use chrono::Utc;
use longshore_prefect::{State, StateType};
use tokio::time::{sleep, timeout};

use super::api::Api;
use super::phase::Phase;
use super::sigterm::Behavior;
use super::{EngineError, container, life, reentry};
use crate::termination::{self, Cause};
use crate::{blocking, run};

/// The sender of a signal kills soon; the server has this long to say whether the run is being cancelled.
const ASK: Duration = Duration::from_secs(5);

/// Longest wait for code that has been stopped.
const STOP: Duration = Duration::from_secs(1);

/// Longest wait for reports of tasks once the run has to stop.
const TASKS: Duration = Duration::from_secs(5);

/// Longest grace period of a run that has already ended on the server.
const GRACE_AFTER_END: Duration = Duration::from_secs(3);

/// Ends the run; `live` is its life so far, which continues for the grace period if the flow has asked for one.
pub(super) async fn end<F>(
    api: &Api,
    cause: Cause,
    grace: Duration,
    mut live: Pin<Box<F>>,
) -> Result<(), EngineError>
where
    F: Future<Output = Result<(), EngineError>>,
{
    tracing::warn!("{}", notice(cause));
    let has_grace = api.phase.is(Phase::Reporting)
        || (api.phase.is(Phase::Attempting) && termination::is_awaited());
    if has_grace {
        let cause = refined(api, cause).await;
        termination::request(cause);
        tokio::select! {
            biased;
            end = &mut live => return end,
            () = api.phase.reaches(Phase::Waiting) => {}
            () = sleep(grace_of(cause, grace)) => {}
        }
    }
    // Dropped calls of subflows would report themselves as Cancelled.
    let subflows = api.take_open_subflows();
    drop(live);
    stop(api).await;
    let cause = match termination::cause() {
        Some(cause) => cause,
        None => refined(api, cause).await,
    };
    termination::request(cause);
    api.end_subflows(subflows, &interrupted(cause)).await;
    settle(api, cause).await
}

/// Reports the state of the run once its code has stopped.
pub(super) async fn settle(api: &Api, cause: Cause) -> Result<(), EngineError> {
    api.flush_logs().await;
    container::write_termination_message(notice(cause));
    match cause {
        Cause::EndedElsewhere => Ok(()),
        Cause::Cancelled => life::report(api, &cancelled()).await.map(drop),
        Cause::Signal if api.phase.is(Phase::Waiting) => {
            let state = api.read().await?.state;
            let due = state.and_then(|state| state.state_details.scheduled_time);
            reentry::give_to_workers(api, due.unwrap_or_else(Utc::now)).await
        }
        Cause::Signal => match Behavior::of_process() {
            Behavior::Crash => life::report(api, &crashed()).await.map(drop),
            Behavior::Reschedule => reentry::reschedule(api).await,
            Behavior::Relinquish => {
                reentry::relinquish(api).await?;
                Err(EngineError::Relinquished)
            }
        },
    }
}

/// Why the run has to stop, if the end of the flow is a consequence of that.
pub(super) fn cause_of(is_completed: bool) -> Option<Cause> {
    // A flow may return in the grace period without having noticed anything.
    termination::cause().filter(|_| termination::is_noticed() || !is_completed)
}

/// State of a subflow that has to stop with the run that called it.
pub(super) fn interrupted(cause: Cause) -> State {
    match cause {
        Cause::Signal => crashed(),
        Cause::Cancelled | Cause::EndedElsewhere => State {
            message: Some("The flow run that called it was cancelled.".to_owned()),
            ..State::new(StateType::Cancelled)
        },
    }
}

/// State of a subflow whose call was dropped.
pub(super) fn abandoned() -> State {
    State {
        message: Some("The call was dropped before its end.".to_owned()),
        ..State::new(StateType::Cancelled)
    }
}

/// State of a run that was cancelled.
pub(super) fn cancelled() -> State {
    State {
        message: Some("The flow run was cancelled.".to_owned()),
        ..State::new(StateType::Cancelled)
    }
}

/// State of a run whose process received a signal.
fn crashed() -> State {
    State {
        message: Some("Execution was aborted by a termination signal.".to_owned()),
        ..State::new(StateType::Crashed)
    }
}

fn notice(cause: Cause) -> &'static str {
    match cause {
        Cause::Signal => "the process received a termination signal",
        Cause::Cancelled => "the flow run is being cancelled",
        Cause::EndedElsewhere => {
            "the flow run was ended or deleted on the server; stopping it here"
        }
    }
}

fn grace_of(cause: Cause, grace: Duration) -> Duration {
    match cause {
        Cause::EndedElsewhere => grace.min(GRACE_AFTER_END),
        Cause::Signal | Cause::Cancelled => grace,
    }
}

/// What a signal means: Prefect's process worker sends one to cancel a run, and a run may have ended before.
async fn refined(api: &Api, cause: Cause) -> Cause {
    if cause != Cause::Signal {
        return cause;
    }
    let Ok(Ok(run)) = timeout(ASK, api.client.flow_run(api.id)).await else {
        return cause;
    };
    let state = run.as_ref().and_then(|run| run.state.as_ref());
    // Prefect's Kubernetes worker reports a run as Crashed as soon as its pod has to go.
    let is_crashed = state.is_some_and(|state| state.kind == StateType::Crashed);
    if is_crashed && Behavior::of_process() != Behavior::Crash {
        return cause;
    }
    super::watch::cause(run.as_ref()).unwrap_or(cause)
}

/// Stops the code of the run; code that blocks stops with the process.
async fn stop(api: &Api) {
    if let Some(attempt) = run::current() {
        attempt.end().await;
    }
    if timeout(STOP, blocking::idle()).await.is_err() {
        tracing::warn!("code of the flow blocks and ends with the process");
    }
    if timeout(TASKS, api.flush_task_reports()).await.is_err() {
        tracing::warn!("the server lacks reports of task runs");
    }
}
