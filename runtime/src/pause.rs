//! Pauses: a run waits for a person.

use std::time::Duration;

use longshore_prefect::StateType;

use crate::run::{self, Server};
use crate::server_call::ServerCall;

/// Why a paused run does not go on.
#[derive(Debug, thiserror::Error)]
pub enum PauseError {
    /// Nobody resumed it in time; the server has ended the run in Failed.
    #[error("the run was paused for {limit:?} and never resumed")]
    TimedOut {
        /// The longest pause that was asked for.
        limit: Duration,
    },
    /// The run has ended, or was about to, and cannot be paused or resumed.
    #[error("the run was not resumed: it is {state}")]
    Ended {
        /// The type of the state that it is in instead.
        state: String,
    },
    /// The server refuses, or has been away for too long.
    #[error("the run cannot be paused")]
    Server(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// Pauses the run until somebody resumes it in the UI or through the API, for `limit` at the most.
///
/// The process waits meanwhile, and the time limit of the flow goes on. A pause has its effect once: whether a further
/// attempt of the flow waits again is the server's affair. Outside of a run there is nobody to ask, and it goes on at once.
///
/// ```no_run
/// # use std::time::Duration;
/// # async fn flow() -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
/// longshore::pause(Duration::from_secs(3600)).await?;
/// # Ok(())
/// # }
/// ```
pub fn pause(limit: Duration) -> ServerCall<Result<(), PauseError>> {
    let attempt = run::current();
    ServerCall::new(async move {
        let Some((attempt, Server::Prefect(api))) =
            attempt.as_ref().map(|attempt| (attempt, attempt.server()))
        else {
            tracing::warn!("without a server nobody resumes a run: it goes on");
            return Ok(());
        };
        let (number, _) = attempt.next_run("pause");
        let paused = crate::engine::pause(api, limit, number).await;
        match paused.map_err(|error| PauseError::Server(Box::new(error)))? {
            StateType::Running => Ok(()),
            StateType::Failed => Err(PauseError::TimedOut { limit }),
            state => Err(PauseError::Ended {
                state: format!("{state:?}"),
            }),
        }
    })
}
