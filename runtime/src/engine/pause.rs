//! A run that waits for a person, in its process.

use std::time::Duration;

use chrono::{TimeDelta, Utc};
use longshore_prefect::{SetStateStatus, State, StateDetails, StateType};
use tokio::time::{Instant, sleep};
use uuid::Uuid;

use super::EngineError;
use super::api::Api;

/// How often the server is asked whether the run goes on: a person takes longer and longer.
const FIRST_ASK: Duration = Duration::from_millis(250);
const LAST_ASK: Duration = Duration::from_secs(10);

/// Pauses the run and waits until it is resumed, or ends; the state that it is in then.
pub(crate) async fn pause(
    api: &Api,
    limit: Duration,
    number: u32,
) -> Result<StateType, EngineError> {
    let until = TimeDelta::from_std(limit)
        .ok()
        .and_then(|limit| Utc::now().checked_add_signed(limit));
    let paused = State {
        state_details: StateDetails {
            pause_timeout: until,
            pause_key: Some(format!("pause-{number}")),
            ..StateDetails::default()
        },
        ..State::new(StateType::Paused)
    };
    let answer = api.propose(&paused, Uuid::new_v4()).await?;
    if answer.status != SetStateStatus::Accept {
        // It has been resumed before, in a former attempt, or cannot be paused any more.
        let state = answer.state.map(|state| state.kind);
        return Ok(state.unwrap_or(StateType::Running));
    }
    tracing::info!("the run is paused until somebody resumes it");
    let deadline = Instant::now().checked_add(limit);
    let mut wait = FIRST_ASK;
    loop {
        let left = deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()));
        sleep(left.map_or(wait, |left| wait.min(left))).await;
        wait = (wait * 2).min(LAST_ASK);
        match kind(api).await? {
            StateType::Paused if left.is_some_and(|left| left.is_zero()) => break,
            StateType::Paused => {}
            // Whoever cancels the run ends the process too.
            StateType::Cancelling => std::future::pending().await,
            other => return Ok(other),
        }
    }
    // A pause that is over turns what is proposed into Failed.
    api.propose(&State::new(StateType::Running), Uuid::new_v4())
        .await?;
    kind(api).await
}

async fn kind(api: &Api) -> Result<StateType, EngineError> {
    let state = api.read().await?.state;
    Ok(state.map_or(StateType::Running, |state| state.kind))
}
