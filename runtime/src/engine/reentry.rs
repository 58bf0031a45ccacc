//! A further attempt while code of the former one cannot be stopped: the process begins anew, under its own id.

use std::time::Duration;

use chrono::{DateTime, Utc};
use longshore_prefect::{FlowRun, FlowRunUpdate, SetStateStatus, State, StateType};
use serde_json::{Value, json};
use tokio::time::{Instant, sleep};
use uuid::Uuid;

use super::EngineError;
use super::api::Api;

/// Set for a process that was a former attempt of the run that it is to run.
const VARIABLE: &str = "LONGSHORE_FURTHER_ATTEMPT";

/// Whether this process has made a former attempt, which waits for it to go on.
pub(super) fn is_reentry() -> bool {
    std::env::var_os(VARIABLE).is_some()
}

/// Begins anew; returns if that is impossible, once a worker has been asked to make the further attempt.
pub(super) async fn reenter(api: &Api, due: DateTime<Utc>) -> Result<(), EngineError> {
    #[cfg(unix)]
    {
        super::end_children().await;
        api.flush_logs().await;
        let error = replace_process();
        tracing::warn!("the process cannot begin anew: {error}");
    }
    give_to_workers(api, due).await
}

/// Leaves the further attempt to a worker: a retry that belongs to a process is not given to one, unless it follows a
/// crash.
pub(super) async fn give_to_workers(api: &Api, due: DateTime<Utc>) -> Result<(), EngineError> {
    let crashed = State {
        message: Some("The process of the flow run ended before its next attempt.".to_owned()),
        ..State::new(StateType::Crashed)
    };
    api.propose(&crashed, Uuid::new_v4()).await?;
    let again = awaiting_retry(due);
    api.propose(&again, Uuid::new_v4()).await.map(drop)
}

/// Time in which Prefect's Kubernetes worker reports the run of a deleted pod as Crashed, and time between two reads of
/// the state meanwhile.
const OVERWRITTEN_WITHIN: Duration = Duration::from_secs(4);
const LOOK: Duration = Duration::from_millis(500);

/// Asks a worker to start the run again, as Prefect's own process does on SIGTERM.
///
/// Prefect's Kubernetes worker reads the state, sees that the job has failed, and proposes Crashed, all in the same
/// second; whichever comes later counts, so this asks again if that was the worker.
pub(super) async fn reschedule(api: &Api) -> Result<(), EngineError> {
    await_retry(api).await?;
    let deadline = Instant::now() + OVERWRITTEN_WITHIN;
    while Instant::now() < deadline {
        sleep(LOOK).await;
        let state = api.read().await?.state;
        match state.map(|state| state.kind) {
            Some(StateType::Scheduled) => {}
            Some(StateType::Crashed) => await_retry(api).await?,
            _ => break,
        }
    }
    Ok(())
}

async fn await_retry(api: &Api) -> Result<(), EngineError> {
    let run = api.read().await?;
    if run.empirical_policy.get("retry_type") == Some(&json!("in_process")) {
        // Workers leave it to the process, which is about to end.
        return give_to_workers(api, Utc::now()).await;
    }
    let answer = api
        .propose(&awaiting_retry(Utc::now()), Uuid::new_v4())
        .await?;
    if answer.status != SetStateStatus::Accept {
        let reason = answer.details.reason.unwrap_or_default();
        tracing::warn!("the server does not reschedule the flow run: {reason}");
    }
    Ok(())
}

fn awaiting_retry(due: DateTime<Utc>) -> State {
    State {
        name: Some("AwaitingRetry".to_owned()),
        ..State::scheduled(due)
    }
}

/// Field of a run's policy that Longshore's mark is in: servers of all versions keep its strings.
const MARKS: &str = "pause_keys";

/// Lets the next process run a run that stays Running, and which other processes would leave to this one.
pub(super) async fn relinquish(api: &Api) -> Result<(), EngineError> {
    let run = api.read().await?;
    let mut policy = run.empirical_policy.clone();
    let mut marks = policy.get(MARKS).and_then(Value::as_array).cloned();
    let marks = marks.get_or_insert_default();
    marks.push(json!(mark(&run)));
    policy.insert(MARKS.to_owned(), json!(marks));
    let update = FlowRunUpdate {
        empirical_policy: Some(policy),
        ..FlowRunUpdate::default()
    };
    api.update(&update).await
}

/// Whether the process of a run has ended and left the run to the next one.
pub(super) fn is_relinquished(run: &FlowRun) -> bool {
    let marks = run.empirical_policy.get(MARKS).and_then(Value::as_array);
    marks.is_some_and(|marks| marks.contains(&json!(mark(run))))
}

fn mark(run: &FlowRun) -> String {
    format!("longshore-relinquished-{}", run.run_count)
}

#[cfg(unix)]
fn replace_process() -> std::io::Error {
    use std::os::unix::process::CommandExt as _;
    match std::env::current_exe() {
        Ok(program) => std::process::Command::new(program)
            .args(std::env::args_os().skip(1))
            .env(VARIABLE, "1")
            .exec(),
        Err(error) => error,
    }
}
