//! Retries of a program that executes a flow run while its server is unreachable.

use std::time::Duration;

use tokio::time::{Instant, sleep};

use crate::Error;

/// Limit for the retries of a call while the server is unreachable.
#[derive(Debug, Clone, Copy)]
pub struct Patience {
    limit: Duration,
    notice: fn(&Error),
}

impl Patience {
    /// Longest delay between two attempts; the delays of the client's own retries are shorter.
    const LONGEST_WAIT: Duration = Duration::from_secs(10);

    /// Creates a limit; `notice` receives the first error of each outage.
    #[must_use]
    pub fn new(limit: Duration, notice: fn(&Error)) -> Self {
        Self { limit, notice }
    }

    /// Calls until the server answers or rejects the request, or the limit is reached; `other` is a request that a
    /// reachable server answers.
    ///
    /// # Errors
    /// The server rejects the request, or is unreachable for longer than the limit.
    pub async fn call<T, F: Future<Output = Result<T, Error>>, O: Future<Output = bool>>(
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

    /// Returns an outage that starts with its first error.
    #[must_use]
    pub fn outage(self) -> Outage {
        Outage {
            patience: self,
            since: None,
            wait: Outage::FIRST_WAIT,
            failures: 0,
        }
    }
}

/// Period in which the server does not answer.
#[derive(Debug)]
pub struct Outage {
    patience: Patience,
    since: Option<Instant>,
    wait: Duration,
    /// Consecutive failures of the server itself.
    failures: u32,
}

impl Outage {
    const FIRST_WAIT: Duration = Duration::from_millis(250);
    const SUSPECT: u32 = 3;

    /// Returns whether the server has failed on this request so often that its content may be the reason: Prefect answers
    /// 503 to content that its database rejects. Each failure represents all attempts of the client.
    pub fn may_be_about_content(&mut self, error: &Error) -> bool {
        self.failures = if error.is_failure_of_server() {
            self.failures + 1
        } else {
            0
        };
        self.failures >= Self::SUSPECT
    }

    /// Starts again with other content.
    pub fn begin_again(&mut self) {
        self.failures = 0;
        self.since = None;
    }

    /// Waits after a temporary error.
    ///
    /// # Errors
    /// The error is permanent, or the outage exceeds the limit.
    pub async fn bear(&mut self, error: Error) -> Result<(), Error> {
        // The client's own retries are part of the outage.
        let begun = Instant::now() - error.elapsed();
        let since = *self.since.get_or_insert(begun);
        let left = self.patience.limit.saturating_sub(since.elapsed());
        if !error.may_pass() || left.is_zero() {
            return Err(error);
        }
        if self.wait == Outage::FIRST_WAIT {
            (self.patience.notice)(&error);
        }
        sleep(self.wait.min(left)).await;
        self.wait = (self.wait * 2).min(Patience::LONGEST_WAIT);
        Ok(())
    }
}
