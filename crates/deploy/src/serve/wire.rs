//! A schedule as a server stores it, taken apart into the words that fire times are computed from.

use chrono::SecondsFormat;
use longshore_prefect::WireSchedule;
use longshore_spec::{
    Anchor, CronError, Interval, LocalDateTime, MomentError, RecurrenceRuleError, Schedule,
    TimeSpan, TimeSpanError, TimeZone, TimeZoneError,
};

/// Beginnings of the two lines of a stored rule.
const START: &str = "DTSTART:";
const RULE: &str = "RRULE:";

/// Why a stored schedule cannot be understood; those that `deploy` has written can.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ReadScheduleError {
    #[error("its cron expression cannot be used")]
    Cron(#[source] Box<CronError>),
    #[error("its interval of {seconds} s cannot be used")]
    Interval { seconds: f64, source: TimeSpanError },
    #[error("its time zone cannot be used")]
    Zone(#[source] Box<TimeZoneError>),
    #[error("its anchor or start cannot be used")]
    Moment(#[source] MomentError),
    #[error("its recurrence rule cannot be used")]
    Rule(#[source] Box<RecurrenceRuleError>),
    #[error("it is of a kind that this version does not know")]
    Kind,
}

/// The schedule that fires at the times at which the stored one does.
///
/// # Errors
/// A part of it does not follow its rules: somebody else has written it.
pub(crate) fn schedule(wire: &WireSchedule) -> Result<Schedule, ReadScheduleError> {
    Ok(match wire {
        WireSchedule::Cron {
            cron,
            timezone,
            day_or,
        } => Schedule::Cron {
            expression: cron
                .parse()
                .map_err(|error| ReadScheduleError::Cron(Box::new(error)))?,
            timezone: zone(timezone.as_deref())?,
            day_or: *day_or,
        },
        WireSchedule::Interval {
            interval,
            anchor_date,
            timezone,
        } => Schedule::Interval {
            every: every(*interval)?,
            anchor: match anchor_date {
                Some(anchor) => {
                    let text = anchor.to_rfc3339_opts(SecondsFormat::Secs, true);
                    let anchor: Anchor = text.parse().map_err(ReadScheduleError::Moment)?;
                    Some(anchor)
                }
                None => None,
            },
            timezone: zone(timezone.as_deref())?,
        },
        WireSchedule::Rrule { rrule, timezone } => rule(rrule, zone(timezone.as_deref())?)?,
        WireSchedule::Other(_) => return Err(ReadScheduleError::Kind),
    })
}

fn zone(name: Option<&str>) -> Result<Option<TimeZone>, ReadScheduleError> {
    let name = name.filter(|name| !name.is_empty());
    name.map(|name| {
        name.parse()
            .map_err(|error| ReadScheduleError::Zone(Box::new(error)))
    })
    .transpose()
}

fn every(seconds: f64) -> Result<Interval, ReadScheduleError> {
    let span = TimeSpan::from_millis((seconds * 1000.0).round() as u64);
    Interval::try_from(span).map_err(|source| ReadScheduleError::Interval { seconds, source })
}

fn rule(text: &str, timezone: Option<TimeZone>) -> Result<Schedule, ReadScheduleError> {
    let mut start = None;
    let mut rule = text;
    if let Some((first, rest)) = text
        .strip_prefix(START)
        .and_then(|text| text.split_once('\n'))
    {
        start = Some(local(first.trim())?);
        rule = rest.trim();
    }
    let rule = rule.strip_prefix(RULE).unwrap_or(rule);
    Ok(Schedule::Rrule {
        rule: rule
            .parse()
            .map_err(|error| ReadScheduleError::Rule(Box::new(error)))?,
        start,
        timezone,
    })
}

/// `20200101T000000`, the basic form of ISO 8601, as a local time.
fn local(basic: &str) -> Result<LocalDateTime, ReadScheduleError> {
    let part = |from, to| basic.get(from..to).unwrap_or_default();
    let (day, hour) = (part(6, 8), part(8, 11));
    let extended = format!(
        "{}-{}-{day}{hour}:{}:{}",
        part(0, 4),
        part(4, 6),
        part(11, 13),
        basic.get(13..).unwrap_or_default(),
    );
    extended.parse().map_err(ReadScheduleError::Moment)
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, Utc};
    use longshore_spec::fires::upcoming;

    use super::*;
    use crate::desired::wire_schedule;

    fn now() -> DateTime<Utc> {
        DateTime::from_timestamp(1_800_000_123, 0).unwrap()
    }

    fn declared() -> Vec<Schedule> {
        let oslo = || Some("Europe/Oslo".parse().unwrap());
        let cron = |text: &str, day_or, timezone| Schedule::Cron {
            expression: text.parse().unwrap(),
            timezone,
            day_or,
        };
        let interval = |every: &str, anchor: Option<&str>, timezone| Schedule::Interval {
            every: every.parse().unwrap(),
            anchor: anchor.map(|anchor| anchor.parse().unwrap()),
            timezone,
        };
        let rrule = |text: &str, start: Option<&str>, timezone| Schedule::Rrule {
            rule: text.parse().unwrap(),
            start: start.map(|start| start.parse().unwrap()),
            timezone,
        };
        vec![
            cron("0 6 * * MON-FRI", true, oslo()),
            cron("30 2 13 * 5", false, None),
            interval("90s", None, None),
            interval("36h", Some("2026-01-01T06:30:00+01:00"), oslo()),
            interval("1500ms", None, None),
            rrule("FREQ=WEEKLY;BYDAY=MO,WE;BYHOUR=6", None, oslo()),
            rrule(
                "FREQ=MONTHLY;BYDAY=-1FR",
                Some("2026-01-01T15:20:10"),
                oslo(),
            ),
            rrule("FREQ=DAILY;COUNT=4000", Some("2020-01-01T06:00:00"), None),
        ]
    }

    /// `check` shows the times of what is declared, `serve` makes runs of what is stored.
    #[test]
    fn what_is_stored_fires_as_what_was_declared() {
        for declared in declared() {
            let wire = wire_schedule(&declared).unwrap();
            let stored = serde_json::to_value(&wire).unwrap();
            let read = schedule(&serde_json::from_value(stored).unwrap()).unwrap();
            let times = |schedule: &Schedule| {
                let fires = upcoming(schedule, now(), 20).unwrap();
                fires.iter().map(|fire| fire.at).collect::<Vec<_>>()
            };
            assert_eq!(times(&read), times(&declared), "{declared:?}");
            assert!(!times(&read).is_empty(), "{declared:?}");
        }
    }

    #[test]
    fn what_somebody_else_has_written_is_told() {
        for (text, expected) in [
            (r#"{"cron": "* * * * * *"}"#, "its cron expression"),
            (
                r#"{"cron": "0 6 * * *", "timezone": "Oslo"}"#,
                "its time zone",
            ),
            (r#"{"interval": 0.0}"#, "its interval of 0 s"),
            (r#"{"rrule": "FREQ=SECONDLY"}"#, "its recurrence rule"),
            (
                r#"{"rrule": "DTSTART:tomorrow\nRRULE:FREQ=DAILY"}"#,
                "its anchor or start",
            ),
            (r#"{"moon": "full"}"#, "of a kind"),
        ] {
            let wire = serde_json::from_str(text).unwrap();
            let error = schedule(&wire).unwrap_err().to_string();
            assert!(error.contains(expected), "{text}: {error}");
        }
    }
}
