//! A schedule in one line of text.

use longshore_spec::{Explain, RecurrenceRuleError, Schedule, ScheduleError, TimeZone};

use super::Problem;

/// A rule that the line cannot hold.
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
struct StartlessRule(ScheduleError);

impl Explain for StartlessRule {
    fn help(&self) -> Option<String> {
        Some("leave `COUNT` out here, and write it into the code together with `start`".to_owned())
    }
}

/// Reads a cron expression, a time span or a recurrence rule; which one it is shows in its form.
///
/// # Errors
/// The text breaks the rule of its kind, or never fires.
pub(super) fn read(text: &str, timezone: Option<TimeZone>) -> Result<Schedule, Problem> {
    fn boxed(error: impl Explain + Send + Sync + 'static) -> Problem {
        Box::new(error)
    }
    let schedule = if text.contains('=') {
        Schedule::Rrule {
            rule: text.parse().map_err(boxed)?,
            start: None,
            timezone,
        }
    } else if text.starts_with(|first: char| first.is_ascii_digit()) && !text.contains(' ') {
        Schedule::Interval {
            every: text.parse().map_err(boxed)?,
            anchor: None,
            timezone,
        }
    } else {
        Schedule::Cron {
            expression: text.parse().map_err(boxed)?,
            timezone,
            day_or: true,
        }
    };
    match schedule.check() {
        Ok(()) => Ok(schedule),
        Err(error @ ScheduleError::Rrule(RecurrenceRuleError::CountWithoutStart)) => {
            Err(Box::new(StartlessRule(error)))
        }
        Err(error) => Err(Box::new(error)),
    }
}

/// The schedule as the attribute takes it, such as `cron("0 6 * * *", tz = "Europe/Oslo")`.
pub(super) fn attribute(schedule: &Schedule) -> String {
    let (kind, text) = match schedule {
        Schedule::Cron { expression, .. } => ("cron", expression.to_string()),
        Schedule::Interval { every, .. } => ("interval", every.time_span().to_string()),
        Schedule::Rrule { rule, .. } => ("rrule", rule.to_string()),
    };
    match schedule.timezone() {
        Some(zone) => format!("{kind}({text:?}, tz = \"{zone}\")"),
        None => format!("{kind}({text:?})"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_kind_of_a_schedule_shows_in_its_text() {
        let zone: TimeZone = "Europe/Oslo".parse().unwrap();
        for (text, expected) in [
            (
                "0 6 * * MON-FRI",
                "cron(\"0 6 * * MON-FRI\", tz = \"Europe/Oslo\")",
            ),
            ("@daily", "cron(\"@daily\", tz = \"Europe/Oslo\")"),
            ("90m", "interval(\"1h30m\", tz = \"Europe/Oslo\")"),
            ("FREQ=DAILY", "rrule(\"FREQ=DAILY\", tz = \"Europe/Oslo\")"),
        ] {
            let schedule = read(text, Some(zone.clone())).unwrap();
            assert_eq!(attribute(&schedule), expected);
        }
        assert_eq!(attribute(&read("1h", None).unwrap()), "interval(\"1h\")");
    }

    #[test]
    fn the_rules_are_those_of_the_attribute() {
        for (text, said, help) in [
            (
                "0 0 6 * * MON",
                "6 fields instead of 5",
                "write `0 6 * * MON`",
            ),
            ("0 6 30 2 *", "never fires", ""),
            ("0s", "shorter than the minimum of 1s", ""),
            ("15", "`15` has no unit", "write `15s`"),
            ("FREQ=HOURLI", "HOURLI", "HOURLY"),
            ("FREQ=DAILY;COUNT=3", "start", "leave `COUNT` out here"),
        ] {
            let error = read(text, None).unwrap_err();
            assert!(error.to_string().contains(said), "{error}");
            let remedy = error.help().unwrap_or_default();
            assert!(remedy.contains(help), "{remedy}");
        }
    }
}
