//! Waits between the attempts of a task.

use std::time::Duration;

use crate::record::RetryDelay;

impl RetryDelay {
    /// The wait after so many attempts, counted from 1; `chance` is between 0 and 1.
    pub(super) fn after(&self, attempts: u32, chance: f64) -> Duration {
        let earlier = attempts.saturating_sub(1);
        match self {
            Self::Fixed(waits) => {
                let index = usize::try_from(earlier).unwrap_or(usize::MAX);
                let wait = waits.get(index).or(waits.last());
                wait.map(|wait| wait.as_duration()).unwrap_or_default()
            }
            Self::Exponential { base, max, jitter } => {
                let doubled = base
                    .as_duration()
                    .saturating_mul(2_u32.saturating_pow(earlier));
                let wait = doubled.min(max.as_duration());
                wait.mul_f64(1.0 - jitter * chance)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use longshore_spec::TimeSpan;

    use super::*;

    const SECOND: TimeSpan = TimeSpan::from_millis(1000);
    const MINUTE: TimeSpan = TimeSpan::from_millis(60_000);

    fn seconds(delay: &RetryDelay, chance: f64) -> Vec<f64> {
        let waits = [1, 2, 3, 7, u32::MAX].map(|attempts| delay.after(attempts, chance));
        waits.iter().map(Duration::as_secs_f64).collect()
    }

    #[test]
    fn waits_are_as_declared() {
        assert_eq!(seconds(&RetryDelay::Fixed(&[]), 0.5), [0.0; 5]);
        assert_eq!(seconds(&RetryDelay::Fixed(&[SECOND]), 0.5), [1.0; 5]);
        assert_eq!(
            seconds(&RetryDelay::Fixed(&[SECOND, MINUTE]), 0.5),
            [1.0, 60.0, 60.0, 60.0, 60.0]
        );
        let exponential = |jitter| RetryDelay::Exponential {
            base: SECOND,
            max: MINUTE,
            jitter,
        };
        assert_eq!(seconds(&exponential(0.0), 1.0), [1.0, 2.0, 4.0, 60.0, 60.0]);
        assert_eq!(seconds(&exponential(0.5), 1.0), [0.5, 1.0, 2.0, 30.0, 30.0]);
        assert_eq!(seconds(&exponential(0.5), 0.0), [1.0, 2.0, 4.0, 60.0, 60.0]);
    }
}
