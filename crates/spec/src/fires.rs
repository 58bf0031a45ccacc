//! When schedules fire: Prefect 3.8's dates, and warnings where they surprise or where 2.20 has others.

mod interval;
mod local;
mod transitions;
mod warnings;

pub use warnings::{Warning, WarningKind, warnings};

use crate::cron::fields::MissingDays;
use crate::rrule::occurrences::LocalSecond;
use crate::{CronExpression, LocalDateTime, RecurrenceRule, Schedule, TimeZone};
use chrono::{DateTime, Datelike, TimeDelta, Utc};
use chrono_tz::Tz;
use std::collections::BTreeSet;

pub use interval::default_anchor;

/// One date of a schedule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Fire {
    /// The moment.
    pub at: DateTime<Utc>,
    /// The same moment on the clock of the schedule's zone.
    pub local: DateTime<Tz>,
}

impl Fire {
    fn new(local: DateTime<Tz>) -> Self {
        Self {
            at: local.with_timezone(&Utc),
            local,
        }
    }
}

/// Why no dates can be told; does not happen to schedules whose parts came from `FromStr`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FiresError {
    /// The zone is not in the database of this program.
    #[error("the time zone `{zone}` is not in this program's database")]
    Zone {
        /// The zone's name.
        zone: String,
    },
    /// A part of the schedule does not follow its rule.
    #[error("`{text}` is not a schedule")]
    Text {
        /// The part's text.
        text: String,
    },
    /// The dates leave the years that can be told.
    #[error("the schedule leaves the years that can be told")]
    OutOfRange,
}

/// Prefect looks at so many dates at most, and so do we.
const MAXIMUM_STEPS: usize = 1000;
/// A rule that has no date in so many years has none.
const YEARS_TO_SEARCH: i32 = 60;

/// The next dates of a schedule on or after a moment, at most `count` of them; fewer if the schedule ends.
///
/// They are those that Prefect 3.8 plans if it looks at that moment.
///
/// # Errors
/// If the zone is unknown, or the schedule's parts do not follow their rules.
pub fn upcoming(
    schedule: &Schedule,
    after: DateTime<Utc>,
    count: usize,
) -> Result<Vec<Fire>, FiresError> {
    let zone = zone_of(schedule.timezone())?;
    match schedule {
        Schedule::Cron {
            expression, day_or, ..
        } => cron_fires(expression, *day_or, zone, after, count),
        Schedule::Interval { every, anchor, .. } => {
            interval::fires(*every, anchor.as_ref(), zone, after, count)
        }
        Schedule::Rrule { rule, start, .. } => rule_fires(rule, start.as_ref(), zone, after, count),
    }
}

/// A moment on the clock of a schedule's zone; in UTC if there is no schedule or its zone is unknown.
#[must_use]
pub fn in_zone(schedule: Option<&Schedule>, at: DateTime<Utc>) -> Fire {
    let zone = zone_of(schedule.and_then(Schedule::timezone));
    Fire::new(at.with_timezone(&zone.unwrap_or(Tz::UTC)))
}

fn zone_of(zone: Option<&TimeZone>) -> Result<Tz, FiresError> {
    let name = zone.map_or("UTC", TimeZone::as_str);
    name.parse().map_err(|_| FiresError::Zone {
        zone: name.to_owned(),
    })
}

/// Prefect walks the local clock without a zone and places every date in the zone afterwards.
fn cron_fires(
    expression: &CronExpression,
    day_or: bool,
    zone: Tz,
    after: DateTime<Utc>,
    count: usize,
) -> Result<Vec<Fire>, FiresError> {
    let fields = expression.fields().ok_or_else(|| FiresError::Text {
        text: expression.to_string(),
    })?;
    let local = after.with_timezone(&zone).naive_local();
    let mut minute = local::minute_of(local - TimeDelta::nanoseconds(1));
    let mut fires = BTreeSet::new();
    for _ in 0..=MAXIMUM_STEPS {
        if fires.len() >= count {
            break;
        }
        match fields.next_after(minute, day_or, MissingDays::Counted) {
            None => break,
            Some(next) => minute = next,
        }
        let naive = local::naive_minute(minute).ok_or(FiresError::OutOfRange)?;
        let fire = Fire::new(local::place(naive, zone).ok_or(FiresError::OutOfRange)?);
        if fire.at >= after {
            fires.insert(fire);
        }
    }
    Ok(fires.into_iter().collect())
}

fn rule_fires(
    rule: &RecurrenceRule,
    start: Option<&LocalDateTime>,
    zone: Tz,
    after: DateTime<Utc>,
    count: usize,
) -> Result<Vec<Fire>, FiresError> {
    let start_year = crate::rrule::first_second(start).map_or(after.year(), |first| first.day.year);
    let occurrences = rule
        .occurrences(start, after.year().max(start_year) + YEARS_TO_SEARCH)
        .ok_or_else(|| FiresError::Text {
            text: rule.to_string(),
        })?;
    let mut fires = BTreeSet::new();
    let mut steps = 0;
    // A date that the clocks jump over lies up to a day before its local time.
    let earliest = after
        .with_timezone(&zone)
        .naive_local()
        .checked_sub_signed(TimeDelta::days(2));
    let earliest = earliest.ok_or(FiresError::OutOfRange)?;
    for occurrence in occurrences.skip_to(local::second_of(earliest)) {
        let fire = place_second(occurrence, zone)?;
        if fire.at < after {
            continue;
        }
        if fires.len() >= count || steps > MAXIMUM_STEPS {
            break;
        }
        fires.insert(fire);
        steps += 1;
    }
    Ok(fires.into_iter().collect())
}

fn place_second(second: LocalSecond, zone: Tz) -> Result<Fire, FiresError> {
    let naive = local::naive_second(second).ok_or(FiresError::OutOfRange)?;
    Ok(Fire::new(
        local::place(naive, zone).ok_or(FiresError::OutOfRange)?,
    ))
}
