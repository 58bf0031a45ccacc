//! Changes of a zone's clock.

use chrono::{DateTime, NaiveDateTime, Offset, TimeDelta, TimeZone, Utc};
use chrono_tz::Tz;

/// A change of the offset from UTC.
#[derive(Clone, Copy, Debug)]
pub(super) struct Transition {
    pub(super) at: DateTime<Utc>,
    before: TimeDelta,
    after: TimeDelta,
}

impl Transition {
    /// Whether the clocks jump over local times; else some come twice.
    pub(super) fn is_gap(&self) -> bool {
        self.after > self.before
    }

    /// The local times that do not exist or come twice: from the first, up to and without the second.
    pub(super) fn local_range(&self) -> (NaiveDateTime, NaiveDateTime) {
        let (early, late) = (self.before.min(self.after), self.before.max(self.after));
        (self.at.naive_utc() + early, self.at.naive_utc() + late)
    }
}

fn offset(zone: Tz, at: DateTime<Utc>) -> TimeDelta {
    TimeDelta::seconds(i64::from(
        zone.offset_from_utc_datetime(&at.naive_utc())
            .fix()
            .local_minus_utc(),
    ))
}

/// The transitions of a zone in a number of days, in order. No zone changes its clock twice within a day.
pub(super) fn transitions(zone: Tz, from: DateTime<Utc>, days: u32) -> Vec<Transition> {
    let mut found = Vec::new();
    let mut start = from;
    for _ in 0..days {
        let end = start + TimeDelta::days(1);
        if offset(zone, start) != offset(zone, end) {
            let (mut early, mut late) = (start, end);
            while late - early > TimeDelta::seconds(1) {
                let middle = early + TimeDelta::seconds((late - early).num_seconds() / 2);
                if offset(zone, middle) == offset(zone, start) {
                    early = middle;
                } else {
                    late = middle;
                }
            }
            let at = late - TimeDelta::nanoseconds(i64::from(late.timestamp_subsec_nanos()));
            found.push(Transition {
                at,
                before: offset(zone, start),
                after: offset(zone, end),
            });
        }
        start = end;
    }
    found
}
