//! Times of schedules as people read them, in the schedule's own zone.

use chrono::{DateTime, Datelike as _, Utc};
use longshore_spec::Schedule;
use longshore_spec::fires::{Fire, FiresError, in_zone, upcoming};

/// `Mon 2026-11-23 06:00 CET`, with seconds if there are any.
pub(crate) fn shown(fire: &Fire) -> String {
    let format = if fire.at.timestamp() % 60 == 0 {
        "%a %Y-%m-%d %H:%M %Z"
    } else {
        "%a %Y-%m-%d %H:%M:%S %Z"
    };
    fire.local.format(format).to_string()
}

/// `Mon 23 Nov 06:00 CET`, with the year if it is not that of `now`.
fn shown_short(fire: &Fire, now: DateTime<Utc>) -> String {
    let this_year = fire.local.year() == now.with_timezone(&fire.local.timezone()).year();
    let format = if this_year {
        "%a %e %b %H:%M %Z"
    } else {
        "%a %e %b %Y %H:%M %Z"
    };
    fire.local.format(format).to_string()
}

/// A moment in the zone of a schedule, in UTC where there is none or its zone is unknown.
pub(crate) fn moment(at: DateTime<Utc>, schedule: Option<&Schedule>, now: DateTime<Utc>) -> String {
    shown_short(&in_zone(schedule, at), now)
}

/// The next run of a schedule, or why there is none.
pub(crate) fn next(schedule: &Schedule, now: DateTime<Utc>) -> String {
    match upcoming(schedule, now, 1) {
        Ok(fires) => fires
            .first()
            .map_or_else(|| "never again".to_owned(), |fire| shown_short(fire, now)),
        Err(error) => unknown(&error),
    }
}

/// Stands for times that cannot be told.
pub(crate) fn unknown(error: &FiresError) -> String {
    format!("unknown: {error}")
}
