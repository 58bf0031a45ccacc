//! A further attempt while code of the former one cannot be stopped: the process begins anew, under its own id.

use super::EngineError;
use super::api::Api;
use chrono::{DateTime, Utc};
use longshore_prefect::{State, StateType};
use uuid::Uuid;

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
    let again = State {
        name: Some("AwaitingRetry".to_owned()),
        ..State::scheduled(due)
    };
    api.propose(&again, Uuid::new_v4()).await.map(drop)
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
