//! Dates of interval schedules.

use super::{Fire, FiresError, MAXIMUM_STEPS, local, zone_of};
use crate::moment::{Moment, offset_seconds};
use crate::{Anchor, Interval, TimeZone};
use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use chrono_tz::Tz;
use std::collections::BTreeSet;

/// The anchor of an interval schedule that names none: 2020-01-01T00:00 in the schedule's zone, with its offset.
///
/// # Errors
/// If the zone is not in this program's database.
pub fn default_anchor(zone: Option<&TimeZone>) -> Result<Anchor, FiresError> {
    let text = default_moment(zone_of(zone)?)?
        .format("%Y-%m-%dT%H:%M:%S%:z")
        .to_string();
    text.parse().map_err(|_| FiresError::Text { text })
}

fn default_moment(zone: Tz) -> Result<DateTime<Tz>, FiresError> {
    NaiveDate::from_ymd_opt(2020, 1, 1)
        .and_then(|day| day.and_hms_opt(0, 0, 0))
        .and_then(|midnight| local::place(midnight, zone))
        .ok_or(FiresError::OutOfRange)
}

fn moment_of(anchor: &Anchor) -> Option<DateTime<Utc>> {
    let Moment {
        day,
        hour,
        minute,
        second,
        offset,
    } = Moment::parse(anchor.as_str(), true).ok()?;
    let local =
        NaiveDate::from_ymd_opt(day.year, day.month, day.day)?.and_hms_opt(hour, minute, second)?;
    Some((local - TimeDelta::seconds(i64::from(offset_seconds(offset)?))).and_utc())
}

/// Prefect jumps from the anchor by seconds as near to `after` as it can, and goes on from there by days of the local
/// clock and seconds. So spans of whole days keep the time of day that the jump found, which need not be the anchor's.
pub(super) fn fires(
    every: Interval,
    anchor: Option<&Anchor>,
    zone: Tz,
    after: DateTime<Utc>,
    count: usize,
) -> Result<Vec<Fire>, FiresError> {
    let anchor = match anchor {
        None => default_moment(zone)?.with_timezone(&Utc),
        Some(anchor) => moment_of(anchor).ok_or_else(|| FiresError::Text {
            text: anchor.to_string(),
        })?,
    };
    let span = TimeDelta::from_std(every.as_duration()).map_err(|_| FiresError::OutOfRange)?;
    let periods = (after - anchor).num_milliseconds() / span.num_milliseconds();
    let jump = span
        .num_milliseconds()
        .checked_mul(periods)
        .and_then(TimeDelta::try_milliseconds);
    let mut next = jump
        .and_then(|jump| anchor.checked_add_signed(jump))
        .ok_or(FiresError::OutOfRange)?
        .with_timezone(&zone);
    while next < after {
        next = plus(next, span).ok_or(FiresError::OutOfRange)?;
    }
    let mut fires = BTreeSet::new();
    for _ in 0..=MAXIMUM_STEPS {
        if fires.len() >= count {
            break;
        }
        fires.insert(Fire::new(next));
        next = plus(next, span).ok_or(FiresError::OutOfRange)?;
    }
    Ok(fires.into_iter().collect())
}

fn plus(at: DateTime<Tz>, span: TimeDelta) -> Option<DateTime<Tz>> {
    if span.num_days() == 0 {
        return at.checked_add_signed(span);
    }
    local::place_late(at.naive_local().checked_add_signed(span)?, at.timezone())
}
