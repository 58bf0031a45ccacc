//! Schedules of a deployment.

mod words;

use crate::{
    Anchor, CronError, CronExpression, Explain, Interval, LocalDateTime, RecurrenceRule,
    RecurrenceRuleError, TimeZone,
};

/// When a deployment runs. Without a zone, Prefect takes UTC.
#[derive(Clone, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Schedule {
    /// At the minutes that a cron expression names.
    Cron {
        /// The expression.
        expression: CronExpression,
        /// The zone in which it is read.
        timezone: Option<TimeZone>,
        /// Whether one of day of month and day of week suffices when both are restricted; Prefect's default is true.
        day_or: bool,
    },
    /// After equal spans of time.
    Interval {
        /// The time between two runs.
        every: Interval,
        /// The moment from which the spans are counted; without, 2020-01-01T00:00 in the schedule's zone.
        anchor: Option<Anchor>,
        /// The zone whose clock spans of whole days follow.
        timezone: Option<TimeZone>,
    },
    /// At the dates of a recurrence rule.
    Rrule {
        /// The rule.
        rule: RecurrenceRule,
        /// The rule's first date; without, 2020-01-01T00:00.
        start: Option<LocalDateTime>,
        /// The zone in which rule and start are read.
        timezone: Option<TimeZone>,
    },
}

/// Why the parts of a schedule do not go together.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(transparent)]
#[non_exhaustive]
pub enum ScheduleError {
    /// The expression and `day_or` contradict each other.
    Cron(#[from] CronError),
    /// The rule lacks a start.
    Rrule(#[from] RecurrenceRuleError),
}

impl Explain for ScheduleError {
    fn help(&self) -> Option<String> {
        match self {
            Self::Cron(error) => error.help(),
            Self::Rrule(error) => error.help(),
        }
    }
}

impl Schedule {
    /// The zone of the schedule, if it names one.
    #[must_use]
    pub fn timezone(&self) -> Option<&TimeZone> {
        match self {
            Self::Cron { timezone, .. }
            | Self::Interval { timezone, .. }
            | Self::Rrule { timezone, .. } => timezone.as_ref(),
        }
    }

    /// Judges what no single part can: a cron expression with its `day_or`, a recurrence rule with its start.
    ///
    /// # Errors
    /// If Prefect would ignore a part of the expression, the schedule would never fire, or a counting rule has no start.
    /// The present day plays no part.
    pub fn check(&self) -> Result<(), ScheduleError> {
        match self {
            Self::Cron {
                expression, day_or, ..
            } => Ok(expression.check_day_or(*day_or)?),
            Self::Rrule {
                rule, start: None, ..
            } if rule.needs_start() => Err(RecurrenceRuleError::CountWithoutStart.into()),
            Self::Rrule { rule, start, .. } => check_dates(rule, start.as_ref()),
            Self::Interval { .. } => Ok(()),
        }
    }
}

/// Leap days on a given weekday recur within 40 years; a rule without a date for longer has none.
const YEARS_TO_SEARCH: i32 = 60;

fn check_dates(rule: &RecurrenceRule, start: Option<&LocalDateTime>) -> Result<(), ScheduleError> {
    let start_year = crate::rrule::first_second(start).map_or(2020, |first| first.day.year);
    match rule
        .occurrences(start, start_year + YEARS_TO_SEARCH)
        .and_then(|mut dates| dates.next())
    {
        Some(_) => Ok(()),
        None => Err(RecurrenceRuleError::NoDates {
            rule: rule.to_string(),
        }
        .into()),
    }
}
