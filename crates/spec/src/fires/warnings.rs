//! What is legal in a schedule and may still surprise.

use super::transitions::{Transition, transitions};
use super::{FiresError, local, upcoming, zone_of};
use crate::cron::fields::{Fields, Minute, MissingDays, Values};
use crate::{Schedule, TimeZone};
use chrono::{DateTime, Datelike, NaiveDateTime, TimeDelta, Utc};
use chrono_tz::Tz;

/// What kind of surprise a [`Warning`] is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum WarningKind {
    /// A local time that the clocks jump over.
    SkippedHour,
    /// A local time that comes twice.
    RepeatedHour,
    /// Spans of whole days whose time of day changes with the clocks.
    ShiftedInterval,
    /// A day of the month that Prefect 3.8 misses after a shorter month.
    MonthEnd,
}

/// A surprise in a schedule within the period that was looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Warning {
    /// What it is about.
    pub kind: WarningKind,
    /// What may differ, and when; lower case, without a period.
    pub text: String,
}

/// The surprises of a schedule in the days from a moment on: clock changes and ends of months.
///
/// # Errors
/// If the zone is unknown, or the schedule's parts do not follow their rules.
pub fn warnings(
    schedule: &Schedule,
    from: DateTime<Utc>,
    days: u32,
) -> Result<Vec<Warning>, FiresError> {
    let zone = zone_of(schedule.timezone())?;
    let mut found = Vec::new();
    for transition in transitions(zone, from, days) {
        found.extend(match schedule {
            Schedule::Interval { .. } => interval_warning(schedule, &transition)?,
            _ => clock_warning(schedule, zone, &transition)?,
        });
    }
    if let Schedule::Cron {
        expression, day_or, ..
    } = schedule
    {
        let fields = expression.fields().ok_or_else(|| FiresError::Text {
            text: expression.to_string(),
        })?;
        let start = from.with_timezone(&zone).naive_local();
        found.extend(month_end_warning(&fields, *day_or, start, days));
    }
    Ok(found)
}

fn zone_name(schedule: &Schedule) -> &str {
    schedule.timezone().map_or("UTC", TimeZone::as_str)
}

/// The local times of cron or rrule that fall into a gap or an overlap.
fn clock_warning(
    schedule: &Schedule,
    zone: Tz,
    transition: &Transition,
) -> Result<Option<Warning>, FiresError> {
    let (first, end) = transition.local_range();
    let times = local_times(schedule, first, end)?;
    let (Some(time), count) = (times.first().copied(), times.len()) else {
        return Ok(None);
    };
    let early = local::place(time, zone).ok_or(FiresError::OutOfRange)?;
    let late = local::place_late(time, zone).ok_or(FiresError::OutOfRange)?;
    let runs = if count == 1 {
        format!("{}", time.format("%H:%M"))
    } else {
        format!("{count} times from {}", time.format("%H:%M"))
    };
    let day = time.format("%Y-%m-%d");
    let zone = zone_name(schedule);
    let is_cron = matches!(schedule, Schedule::Cron { .. });
    let (kind, text) = if transition.is_gap() {
        let moved = format!("Prefect 3.8 runs at {}", early.format("%H:%M"));
        let other = if is_cron {
            format!(", 2.20 at {}", late.format("%H:%M"))
        } else {
            String::new()
        };
        (
            WarningKind::SkippedHour,
            format!("on {day} the clocks of {zone} jump over {runs}: {moved}{other}"),
        )
    } else {
        let utc = |at: DateTime<Tz>| at.with_timezone(&Utc).format("%H:%M").to_string();
        let once = if is_cron {
            format!(
                "Prefect 3.8 runs once, the first time ({} UTC), 2.20 the second time ({} UTC)",
                utc(early),
                utc(late)
            )
        } else {
            format!("Prefect runs once, the first time ({} UTC)", utc(early))
        };
        (
            WarningKind::RepeatedHour,
            format!("on {day} the clocks of {zone} show {runs} twice: {once}"),
        )
    };
    Ok(Some(Warning { kind, text }))
}

fn local_times(
    schedule: &Schedule,
    first: NaiveDateTime,
    end: NaiveDateTime,
) -> Result<Vec<NaiveDateTime>, FiresError> {
    let mut times = Vec::new();
    match schedule {
        Schedule::Cron {
            expression, day_or, ..
        } => {
            let fields = expression.fields().ok_or_else(|| FiresError::Text {
                text: expression.to_string(),
            })?;
            let mut minute = local::minute_of(first - TimeDelta::nanoseconds(1));
            while let Some(next) = fields.next_after(minute, *day_or, MissingDays::Counted) {
                minute = next;
                match local::naive_minute(next) {
                    Some(time) if time < end => times.push(time),
                    _ => break,
                }
            }
        }
        Schedule::Rrule { rule, start, .. } => {
            let occurrences = rule.occurrences(start.as_ref(), end.year());
            let occurrences = occurrences.ok_or_else(|| FiresError::Text {
                text: rule.to_string(),
            })?;
            times = occurrences
                .filter_map(local::naive_second)
                .skip_while(|time| *time < first)
                .take_while(|time| *time < end)
                .collect();
        }
        Schedule::Interval { .. } => {}
    }
    Ok(times)
}

/// A span of whole days: the run after the change as planned before it, and as planned after it.
fn interval_warning(
    schedule: &Schedule,
    transition: &Transition,
) -> Result<Option<Warning>, FiresError> {
    let Schedule::Interval { every, .. } = schedule else {
        return Ok(None);
    };
    let span = TimeDelta::from_std(every.as_duration()).map_err(|_| FiresError::OutOfRange)?;
    let (Some(start), Some(later)) = (
        transition.at.checked_sub_signed(span),
        transition.at.checked_add_signed(TimeDelta::seconds(1)),
    ) else {
        return Ok(None);
    };
    let before = upcoming(schedule, start, 3)?
        .into_iter()
        .find(|fire| fire.at >= later);
    let after = upcoming(schedule, later, 1)?.into_iter().next();
    let (Some(before), Some(after)) = (before, after) else {
        return Ok(None);
    };
    if before.at == after.at {
        return Ok(None);
    }
    let day = transition.local_range().0.format("%Y-%m-%d");
    let text = format!(
        "on {day} the clocks of {} change: Prefect has planned {} before and plans {} afterwards, so a run may come twice",
        zone_name(schedule),
        before.local.format("%Y-%m-%d %H:%M"),
        after.local.format("%Y-%m-%d %H:%M"),
    );
    Ok(Some(Warning {
        kind: WarningKind::ShiftedInterval,
        text,
    }))
}

/// The first day that Prefect 3.8 and the ordinary reading do not share.
fn month_end_warning(
    fields: &Fields,
    day_or: bool,
    start: NaiveDateTime,
    days: u32,
) -> Option<Warning> {
    let midnight = Values {
        any: false,
        last: false,
        list: vec![0],
    };
    let daily = Fields {
        minutes: midnight.clone(),
        hours: midnight,
        ..fields.clone()
    };
    let first = local::minute_of(start - TimeDelta::nanoseconds(1));
    let end = first.day.plus_days(i64::from(days));
    let (mut ordinary, mut counted) = (first, first);
    loop {
        ordinary = daily.next_after(ordinary, day_or, MissingDays::Skipped)?;
        counted = daily.next_after(counted, day_or, MissingDays::Counted)?;
        if ordinary.day > end {
            return None;
        }
        if ordinary != counted {
            return Some(month_end_text(fields, ordinary));
        }
    }
}

fn month_end_text(fields: &Fields, missed: Minute) -> Warning {
    let day = missed.day;
    let text = format!(
        "day of month `{}`: after a month without day {} Prefect 3.8 counts on and misses {:04}-{:02}-{:02}, 2.20 does not",
        fields.texts[2],
        fields.days.list.last().copied().unwrap_or(31),
        day.year,
        day.month,
        day.day,
    );
    Warning {
        kind: WarningKind::MonthEnd,
        text,
    }
}
