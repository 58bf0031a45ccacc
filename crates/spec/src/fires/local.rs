//! Between local clock times and moments.

use crate::calendar::Day;
use crate::cron::fields::Minute;
use crate::rrule::occurrences::LocalSecond;
use chrono::{
    DateTime, Datelike, MappedLocalTime, NaiveDate, NaiveDateTime, TimeDelta, TimeZone, Timelike,
    Utc,
};
use chrono_tz::Tz;

pub(super) fn minute_of(local: NaiveDateTime) -> Minute {
    let day = Day {
        year: local.year(),
        month: local.month(),
        day: local.day(),
    };
    Minute {
        day,
        hour: local.hour(),
        minute: local.minute(),
    }
}

pub(super) fn second_of(local: NaiveDateTime) -> LocalSecond {
    let Minute { day, hour, minute } = minute_of(local);
    LocalSecond {
        day,
        hour,
        minute,
        second: local.second(),
    }
}

pub(super) fn naive_minute(minute: Minute) -> Option<NaiveDateTime> {
    naive_date(minute.day)?.and_hms_opt(minute.hour, minute.minute, 0)
}

pub(super) fn naive_second(second: LocalSecond) -> Option<NaiveDateTime> {
    naive_date(second.day)?.and_hms_opt(second.hour, second.minute, second.second)
}

fn naive_date(day: Day) -> Option<NaiveDate> {
    NaiveDate::from_ymd_opt(day.year, day.month, day.day)
}

/// The moment at which Prefect 3.8 puts a local time.
///
/// One that comes twice is the first. One that the clocks jump over is taken by the offset after the jump, and so lies
/// before it: 02:30 in a spring night of Europe is 01:30.
pub(super) fn place(local: NaiveDateTime, zone: Tz) -> Option<DateTime<Tz>> {
    match zone.from_local_datetime(&local) {
        MappedLocalTime::Single(at) => Some(at),
        MappedLocalTime::Ambiguous(first, _) => Some(first),
        MappedLocalTime::None => {
            let offset = after_jump(local, zone)?;
            Some(
                Utc.from_utc_datetime(&(local - offset))
                    .with_timezone(&zone),
            )
        }
    }
}

/// Like [`place`], but one that comes twice is the second, and one that is jumped over lies as far after the jump.
pub(super) fn place_late(local: NaiveDateTime, zone: Tz) -> Option<DateTime<Tz>> {
    match zone.from_local_datetime(&local) {
        MappedLocalTime::Single(at) => Some(at),
        MappedLocalTime::Ambiguous(_, second) => Some(second),
        MappedLocalTime::None => {
            let jump = after_jump(local, zone)? - before_jump(local, zone)?;
            zone.from_local_datetime(&(local + jump)).latest()
        }
    }
}

fn after_jump(local: NaiveDateTime, zone: Tz) -> Option<TimeDelta> {
    offset_near(local, zone, 1)
}

fn before_jump(local: NaiveDateTime, zone: Tz) -> Option<TimeDelta> {
    offset_near(local, zone, -1)
}

/// The offset at the nearest local time that exists, in the given direction; no jump is longer than a day.
fn offset_near(local: NaiveDateTime, zone: Tz, direction: i32) -> Option<TimeDelta> {
    (1..=24 * 4 + 1)
        .filter_map(|step| {
            zone.from_local_datetime(&(local + TimeDelta::minutes(15) * step * direction))
                .earliest()
        })
        .map(|at| at.naive_local() - at.naive_utc())
        .next()
}
