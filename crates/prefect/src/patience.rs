//! How long a program that executes a flow run waits for a server that is away.

use std::time::Duration;

use tokio::time::{Instant, sleep};

use crate::Error;

/// How long a call is tried again before the server counts as lost.
#[derive(Debug, Clone, Copy)]
pub struct Patience {
    limit: Duration,
    notice: fn(&Error),
}

impl Patience {
    /// The longest wait between two tries; the client itself waits less before.
    const LONGEST_WAIT: Duration = Duration::from_secs(10);

    /// Patience for an outage of at most `limit`; `notice` is told the first error of each outage.
    #[must_use]
    pub fn new(limit: Duration, notice: fn(&Error)) -> Self {
        Self { limit, notice }
    }

    /// Calls until there is an answer, a refusal, or no patience left; `other` is a request that a server answers if it
    /// is not away.
    ///
    /// # Errors
    /// The last answer is a refusal, or the server has been away for longer than the limit.
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

    /// An outage that begins with the first error that it is given.
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

/// A time in which the server does not answer.
#[derive(Debug)]
pub struct Outage {
    patience: Patience,
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
    pub fn may_be_about_content(&mut self, error: &Error) -> bool {
        self.failures = if error.is_failure_of_server() {
            self.failures + 1
        } else {
            0
        };
        self.failures >= Self::SUSPECT
    }

    /// The content is another one from here on.
    pub fn begin_again(&mut self) {
        self.failures = 0;
        self.since = None;
    }

    /// Waits a little after an error that may pass.
    ///
    /// # Errors
    /// The error will not pass, or the outage has lasted too long.
    pub async fn bear(&mut self, error: Error) -> Result<(), Error> {
        // The time that the client itself has tried for is part of the outage.
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
