//! How long the engine waits for a server that is away.

use std::time::Duration;

use longshore_prefect::{Error, Failure};
use longshore_spec::{TimeSpan, TimeSpanError};
use tokio::time::{Instant, sleep};

/// A variable whose value is no time span.
#[derive(Debug, thiserror::Error)]
#[error("{variable} is `{value}`")]
pub(crate) struct LimitError {
    variable: &'static str,
    value: String,
    source: TimeSpanError,
}

/// The time span, such as `2h`, in a variable.
pub(super) fn limit(
    variable: &impl Fn(&str) -> Option<String>,
    name: &'static str,
    default: Duration,
) -> Result<Duration, LimitError> {
    let Some(value) = variable(name) else {
        return Ok(default);
    };
    match value.parse::<TimeSpan>() {
        Ok(span) => Ok(span.as_duration()),
        Err(source) => Err(LimitError {
            variable: name,
            value,
            source,
        }),
    }
}

/// How long a call is tried again before the server counts as lost.
#[derive(Debug, Clone, Copy)]
pub(super) struct Patience(Duration);

impl Patience {
    /// The longest wait between two tries; the client itself waits less before.
    const LONGEST_WAIT: Duration = Duration::from_secs(10);

    pub(super) fn new(limit: Duration) -> Self {
        Self(limit)
    }

    /// Calls until there is an answer, a refusal, or no patience left; `other` is a request that a server answers if it
    /// is not away.
    pub(super) async fn call<T, F: Future<Output = Result<T, Error>>, O: Future<Output = bool>>(
        self,
        mut attempt: impl FnMut() -> F,
        other: impl Fn() -> O,
    ) -> Result<T, Error> {
        let mut outage = self.outage();
        loop {
            let error = match attempt().await {
                Err(error) => error,
                answer => return answer,
            };
            if outage.may_be_about_content(&error) && other().await {
                return Err(error);
            }
            outage.bear(error).await?;
        }
    }

    pub(super) fn outage(self) -> Outage {
        Outage {
            limit: self.0,
            since: None,
            wait: Outage::FIRST_WAIT,
            failures: 0,
        }
    }
}

/// A time in which the server does not answer.
#[derive(Debug)]
pub(super) struct Outage {
    limit: Duration,
    since: Option<Instant>,
    wait: Duration,
    /// Answers that the server itself has failed, without another one between.
    failures: u32,
}

impl Outage {
    const FIRST_WAIT: Duration = Duration::from_millis(250);
    const SUSPECT: u32 = 3;

    /// Whether the server has failed on this one request so often that its content may be the reason: Prefect answers 503
    /// to whatever its database refuses. Each failure stands for all tries of the client.
    pub(super) fn may_be_about_content(&mut self, error: &Error) -> bool {
        self.failures = if is_failure(error) {
            self.failures + 1
        } else {
            0
        };
        self.failures >= Self::SUSPECT
    }

    /// The content is another one from here on.
    pub(super) fn begin_again(&mut self) {
        self.failures = 0;
        self.since = None;
    }

    /// Waits a little after an error that may pass; gives back one that will not, or that has lasted too long.
    pub(super) async fn bear(&mut self, error: Error) -> Result<(), Error> {
        // The time that the client itself has tried for is part of the outage.
        let begun = Instant::now() - error.elapsed();
        let since = *self.since.get_or_insert(begun);
        let left = self.limit.saturating_sub(since.elapsed());
        if !may_pass(&error) || left.is_zero() {
            return Err(error);
        }
        if self.wait == Outage::FIRST_WAIT {
            tracing::warn!("the Prefect server is away: {error}");
        }
        sleep(self.wait.min(left)).await;
        self.wait = (self.wait * 2).min(Patience::LONGEST_WAIT);
        Ok(())
    }
}

/// Whether the server itself failed, as Prefect does on whatever its database refuses.
pub(super) fn is_failure(error: &Error) -> bool {
    matches!(error.status(), Some(500 | 503))
}

/// Whether the server may answer the same request later.
pub(crate) fn may_pass(error: &Error) -> bool {
    match error.failure() {
        Failure::Connect(_) | Failure::Timeout(_) | Failure::Interrupted(_) => true,
        _ => matches!(error.status(), Some(408 | 429 | 500..)),
    }
}
