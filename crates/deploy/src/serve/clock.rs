//! The clock of the machine, which can be set while flows are served.

use std::fmt;
use std::sync::Arc;
use std::time::Instant;

use chrono::{DateTime, TimeDelta, Utc};

/// Difference between the clock and the monotonic clock from which on the clock was set. A busy machine and a clock
/// that is adjusted slowly differ by less.
pub(super) const TOLERANCE: TimeDelta = TimeDelta::seconds(5);

/// Source of the present time.
#[derive(Clone)]
pub(crate) struct Clock(Arc<dyn Fn() -> DateTime<Utc> + Send + Sync>);

impl Default for Clock {
    fn default() -> Self {
        Self::new(Utc::now)
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_tuple("Clock").field(&self.now()).finish()
    }
}

impl Clock {
    /// Creates a clock of another source.
    pub(crate) fn new(now: impl Fn() -> DateTime<Utc> + Send + Sync + 'static) -> Self {
        Self(Arc::new(now))
    }

    /// Returns the present time.
    pub(crate) fn now(&self) -> DateTime<Utc> {
        (self.0)()
    }
}

/// Compares the clock with the monotonic clock.
#[derive(Debug, Default)]
pub(super) struct Comparison {
    last: Option<(DateTime<Utc>, Instant)>,
}

impl Comparison {
    /// Returns by how much the clock was moved since the last call, if it was: forward, also by a machine that slept,
    /// or back.
    pub(super) fn moved(&mut self, now: DateTime<Utc>, monotonic: Instant) -> Option<TimeDelta> {
        let (clock, reference) = self.last.replace((now, monotonic))?;
        let passed = TimeDelta::from_std(monotonic.saturating_duration_since(reference));
        let moved = (now - clock) - passed.unwrap_or(TimeDelta::MAX);
        (moved.abs() > TOLERANCE).then_some(moved)
    }
}

/// Returns the line that reports a clock that was moved.
pub(super) fn moved_text(moved: TimeDelta) -> String {
    let direction = if moved < TimeDelta::zero() {
        "back"
    } else {
        "forward"
    };
    let span = moved.abs();
    let (number, unit) = match (span.num_days(), span.num_hours(), span.num_minutes()) {
        (days @ 2.., _, _) => (days, "days"),
        (_, hours @ 2.., _) => (hours, "h"),
        (_, _, minutes @ 2..) => (minutes, "min"),
        _ => (span.num_seconds(), "s"),
    };
    format!("notice: the clock moved {direction} by {number} {unit}; planning all schedules again")
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_clock_that_is_set_differs_from_the_monotonic_clock() {
        let mut comparison = Comparison::default();
        let (now, start) = (DateTime::UNIX_EPOCH, Instant::now());
        let mut moved = |clock: i64, passed: u64| {
            let clock = now + TimeDelta::seconds(clock);
            let moved = comparison.moved(clock, start + Duration::from_secs(passed));
            moved.map(|moved| moved.num_seconds())
        };
        assert_eq!(moved(0, 0), None);
        assert_eq!(moved(10, 10), None);
        assert_eq!(moved(23, 20), None);
        assert_eq!(moved(1_000_033, 30), Some(1_000_000));
        assert_eq!(moved(1_000_043, 40), None);
        assert_eq!(moved(53, 50), Some(-1_000_000));
        assert_eq!(moved(53, 50), None);
    }

    #[test]
    fn a_line_says_how_the_clock_moved() {
        for (seconds, text) in [
            (315_360_000, "forward by 3650 days;"),
            (-7200, "back by 2 h;"),
            (200, "forward by 3 min;"),
            (-6, "back by 6 s;"),
        ] {
            let line = moved_text(TimeDelta::seconds(seconds));
            assert!(line.contains(text), "{line}");
        }
    }
}
