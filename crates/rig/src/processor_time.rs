//! What a process has used of the processors.

use std::fs;
use std::time::Duration;

use rustix::param::clock_ticks_per_second;

/// Time in user mode and in the kernel, to a hundredth of a second.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ProcessorTime {
    /// Of the process itself.
    pub own: Duration,
    /// Of its children that have ended and been waited for, with theirs.
    pub children: Duration,
}

impl ProcessorTime {
    /// That of a running process, by proc(5); zero where the system has no `/proc` or no such process.
    #[must_use]
    pub fn of(pid: u32) -> Self {
        let stat = fs::read_to_string(format!("/proc/{pid}/stat"));
        stat.ok()
            .and_then(|stat| Self::from_stat(&stat, clock_ticks_per_second()))
            .unwrap_or_default()
    }

    fn from_stat(stat: &str, ticks_per_second: u64) -> Option<Self> {
        // The name stands in parentheses and may hold any.
        let mut fields = stat.rsplit_once(") ")?.1.split(' ').skip(11);
        let second = u32::try_from(ticks_per_second).ok()?;
        let mut next = || {
            let (user, system): (u64, u64) =
                (fields.next()?.parse().ok()?, fields.next()?.parse().ok()?);
            Duration::from_secs(user + system).checked_div(second)
        };
        Some(Self {
            own: next()?,
            children: next()?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_times_are_read_whatever_the_name_is() {
        let stat = "42 (a) b) S 1 40 40 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 1 0 98765 1000 10";
        let expected = ProcessorTime {
            own: Duration::from_millis(110),
            children: Duration::from_millis(150),
        };
        assert_eq!(ProcessorTime::from_stat(stat, 100), Some(expected));
        assert_eq!(ProcessorTime::from_stat("42 (a) S 1", 100), None);
    }
}
