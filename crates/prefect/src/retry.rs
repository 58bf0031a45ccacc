//! The one retry policy.

use std::future::Future;
use std::time::Duration;

use tokio::time::{Instant, sleep};

/// When a failed request is sent again.
///
/// The delay doubles from `first_delay` up to `longest_delay`, less a random part of up to a half, so that several
/// clients do not knock together. A server's own `Retry-After` takes its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RetryPolicy {
    /// How often a request is sent at most, the first time included.
    pub tries: u32,
    /// No try starts later than this after the first; a second one does, if the first got no answer for so long.
    pub budget: Duration,
    /// The delay after the first try; SQLite's lock errors are over in this time.
    pub first_delay: Duration,
    /// The longest delay between two tries, a server's `Retry-After` aside.
    pub longest_delay: Duration,
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self {
            tries: 8,
            budget: Duration::from_secs(60),
            first_delay: Duration::from_millis(50),
            longest_delay: Duration::from_secs(10),
        }
    }
}

/// Whether, and when, a failed try may be followed by another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Again {
    Never,
    AfterDelay,
    /// The server said when.
    After(Duration),
}

/// What came of all tries.
#[derive(Debug)]
pub(crate) struct Outcome<T> {
    pub(crate) result: T,
    pub(crate) attempts: u32,
    pub(crate) elapsed: Duration,
}

impl RetryPolicy {
    /// The delay after `attempts` failed tries, or `None` to give up; `chance` is between 0 and 1.
    fn delay(
        &self,
        attempts: u32,
        elapsed: Duration,
        again: Again,
        chance: f64,
    ) -> Option<Duration> {
        let delay = match again {
            Again::Never => return None,
            Again::After(delay) => delay,
            Again::AfterDelay => {
                let doubled = self
                    .first_delay
                    .saturating_mul(2_u32.saturating_pow(attempts.saturating_sub(1)));
                doubled.min(self.longest_delay).mul_f64(1.0 - chance / 2.0)
            }
        };
        let is_first_stall = attempts == 1 && again == Again::AfterDelay;
        let in_time = is_first_stall || elapsed.saturating_add(delay) < self.budget;
        (attempts < self.tries && in_time).then_some(delay)
    }

    /// Runs `attempt` until it succeeds, fails for good, or tries or time are used up.
    ///
    /// `judge` says of a failure whether another try may help.
    pub(crate) async fn run<T, E, F>(
        &self,
        mut attempt: impl FnMut() -> F,
        mut judge: impl FnMut(&E) -> Again,
    ) -> Outcome<Result<T, E>>
    where
        F: Future<Output = Result<T, E>>,
    {
        let start = Instant::now();
        let mut attempts = 0;
        loop {
            attempts += 1;
            let result = attempt().await;
            let elapsed = start.elapsed();
            if let Err(error) = &result
                && let Some(delay) = self.delay(attempts, elapsed, judge(error), fastrand::f64())
            {
                sleep(delay).await;
                continue;
            }
            return Outcome {
                result,
                attempts,
                elapsed,
            };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const POLICY: RetryPolicy = RetryPolicy {
        tries: 8,
        budget: Duration::from_secs(60),
        first_delay: Duration::from_millis(50),
        longest_delay: Duration::from_secs(10),
    };

    #[test]
    fn delays_double_and_are_capped() {
        let none = Duration::ZERO;
        let delays: Vec<_> = (1..8)
            .map(|attempts| {
                POLICY
                    .delay(attempts, none, Again::AfterDelay, 0.0)
                    .expect("a delay")
            })
            .collect();
        let milliseconds: Vec<_> = delays.iter().map(Duration::as_millis).collect();
        assert_eq!(milliseconds, [50, 100, 200, 400, 800, 1600, 3200]);
        assert_eq!(
            POLICY.delay(1, none, Again::AfterDelay, 1.0),
            Some(Duration::from_millis(25))
        );
        let patient = RetryPolicy {
            tries: 100,
            ..POLICY
        };
        assert_eq!(
            patient.delay(90, none, Again::AfterDelay, 0.0),
            Some(Duration::from_secs(10))
        );
    }

    #[test]
    fn tries_and_budget_end() {
        let none = Duration::ZERO;
        assert_eq!(POLICY.delay(8, none, Again::AfterDelay, 0.0), None);
        let after_a_minute =
            |attempts| POLICY.delay(attempts, Duration::from_secs(60), Again::AfterDelay, 0.0);
        assert_eq!(after_a_minute(2), None);
        // A write that was waited for longer than the budget is still worth a second try.
        assert_eq!(after_a_minute(1), Some(Duration::from_millis(50)));
        assert_eq!(
            POLICY.delay(
                1,
                Duration::from_secs(31),
                Again::After(Duration::from_secs(30)),
                0.0
            ),
            None
        );
        assert_eq!(POLICY.delay(1, none, Again::Never, 0.0), None);
    }

    #[tokio::test(start_paused = true)]
    async fn eight_tries_are_made_and_counted() {
        let mut tries = 0;
        let outcome = POLICY
            .run(
                || {
                    tries += 1;
                    async { Err::<(), _>("busy") }
                },
                |_| Again::AfterDelay,
            )
            .await;
        assert_eq!(
            (outcome.result, outcome.attempts, tries),
            (Err("busy"), 8, 8)
        );
        // The delays are 50 ms to 3.2 s, each less up to a half.
        assert!(
            outcome.elapsed >= Duration::from_millis(3175)
                && outcome.elapsed <= Duration::from_millis(6400)
        );
    }

    #[tokio::test(start_paused = true)]
    async fn the_servers_own_delay_is_honoured() {
        let mut left = 2;
        let outcome = POLICY
            .run(
                || {
                    left -= 1;
                    let answer = if left == 0 { Ok("done") } else { Err("later") };
                    async move { answer }
                },
                |_| Again::After(Duration::from_secs(7)),
            )
            .await;
        assert_eq!((outcome.result, outcome.attempts), (Ok("done"), 2));
        assert!(
            outcome.elapsed >= Duration::from_secs(7) && outcome.elapsed < Duration::from_secs(8)
        );
    }
}
