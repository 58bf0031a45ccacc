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
    let Some(time) = times.first().copied() else {
        return Ok(None);
    };
    let change = Change {
        time,
        more: times.len() - 1,
        early: local::place(time, zone).ok_or(FiresError::OutOfRange)?,
        late: local::place_late(time, zone).ok_or(FiresError::OutOfRange)?,
        zone: zone_name(schedule),
        is_cron: matches!(schedule, Schedule::Cron { .. }),
    };
    Ok(Some(if transition.is_gap() {
        Warning {
            kind: WarningKind::SkippedHour,
            text: change.gap_text(),
        }
    } else {
        Warning {
            kind: WarningKind::RepeatedHour,
            text: change.overlap_text(),
        }
    }))
}

/// The first local time of a schedule that a clock change concerns, and where Prefect's generations put it.
struct Change<'a> {
    time: NaiveDateTime,
    more: usize,
    early: DateTime<Tz>,
    late: DateTime<Tz>,
    zone: &'a str,
    is_cron: bool,
}

impl Change<'_> {
    fn gap_text(&self) -> String {
        let other = if self.is_cron {
            format!(", 2.20 at {}", self.late.format("%H:%M"))
        } else {
            String::new()
        };
        let prefect = if self.is_cron {
            "Prefect 3.8"
        } else {
            "Prefect"
        };
        format!(
            "on {} the clocks of {} jump over {}: {prefect} runs at {}{other}{}",
            self.time.format("%Y-%m-%d"),
            self.zone,
            self.runs(),
            self.early.format("%H:%M"),
            if self.more > 0 {
                "; a run that falls on another is dropped"
            } else {
                ""
            },
        )
    }

    fn overlap_text(&self) -> String {
        let utc = |at: DateTime<Tz>| at.with_timezone(&Utc).format("%H:%M").to_string();
        let early = utc(self.early);
        let prefect = if self.is_cron {
            format!(
                "Prefect 3.8 runs the first time ({early} UTC), 2.20 the second time ({} UTC)",
                utc(self.late)
            )
        } else {
            format!("Prefect runs the first time only ({early} UTC)")
        };
        format!(
            "on {} the clocks of {} show {} twice: {prefect}",
            self.time.format("%Y-%m-%d"),
            self.zone,
            self.runs()
        )
    }

    fn runs(&self) -> String {
        let first = self.time.format("%H:%M");
        match self.more {
            0 => first.to_string(),
            1 => format!("{first} and 1 more run"),
            more => format!("{first} and {more} more runs"),
        }
    }
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
                .skip_to(local::second_of(first))
                .filter_map(local::naive_second)
                .skip_while(|time| *time < first)
                .take_while(|time| *time < end)
                .collect();
        }
        Schedule::Interval { .. } => {}
    }
    Ok(times)
}

/// A span of whole days: a run some time after the change, as planned before it and as planned after it.
fn interval_warning(
    schedule: &Schedule,
    transition: &Transition,
) -> Result<Option<Warning>, FiresError> {
    let Schedule::Interval { every, .. } = schedule else {
        return Ok(None);
    };
    let span = TimeDelta::from_std(every.as_duration()).map_err(|_| FiresError::OutOfRange)?;
    let (start, later) = (
        transition.at.checked_sub_signed(span),
        transition.at.checked_add_signed(span * 2),
    );
    let (Some(start), Some(later)) = (start, later) else {
        return Ok(None);
    };
    let before = upcoming(schedule, start, PERIODS_AROUND_CHANGE)?
        .into_iter()
        .find(|fire| fire.at >= later);
    let after = upcoming(schedule, later, 1)?.into_iter().next();
    let (Some(before), Some(after)) = (before, after) else {
        return Ok(None);
    };
    if before.local.time() == after.local.time() {
        return Ok(None);
    }
    let text = format!(
        "on {} the clocks of {} change: Prefect keeps {} for the runs that it has planned before and takes {} for later ones, so a run may come twice",
        transition.local_range().0.format("%Y-%m-%d"),
        zone_name(schedule),
        before.local.format("%H:%M"),
        after.local.format("%H:%M"),
    );
    Ok(Some(Warning {
        kind: WarningKind::ShiftedInterval,
        text,
    }))
}

/// From one period before a clock change to two after it, with the ends.
const PERIODS_AROUND_CHANGE: usize = 5;

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
