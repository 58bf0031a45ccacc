use super::parse::PARTS;
use crate::text::{quoted, visible};
use crate::{Explain, suggest};

/// Why a recurrence rule is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RecurrenceRuleError {
    /// There is no text.
    #[error("the rrule is empty")]
    Empty,
    /// More than the 6500 characters that Prefect takes.
    #[error("the rrule has {length} characters, Prefect takes 6500")]
    TooLong {
        /// How many characters it has.
        length: usize,
    },
    /// A line break, and so DTSTART, EXDATE or a second rule.
    #[error("rrule: `{property}` can't be part of it")]
    Property {
        /// The property, such as `DTSTART`.
        property: String,
    },
    /// A blank, which Prefect refuses, or a character outside ASCII.
    #[error("rrule: the character `{}` is not allowed", visible(*.character))]
    Character {
        /// The character.
        character: char,
    },
    /// A part that is not `NAME=value`.
    #[error("rrule: {} is not `NAME=value`", quoted(part))]
    Shape {
        /// The part as written.
        part: String,
    },
    /// A name that RFC 5545 does not have.
    #[error("rrule: `{name}` is not a part of a rule")]
    UnknownPart {
        /// The name as written.
        name: String,
    },
    /// Easter, which only some libraries know.
    #[error("rrule: `BYEASTER` is not part of RFC 5545")]
    Easter,
    /// The same part twice.
    #[error("rrule: `{name}` is given twice")]
    Repeated {
        /// The part's name.
        name: &'static str,
    },
    /// A rule without FREQ.
    #[error("rrule: `FREQ` is missing")]
    NoFrequency,
    /// A frequency that does not exist.
    #[error("rrule: `FREQ={value}` is not a frequency")]
    Frequency {
        /// The value as written.
        value: String,
    },
    /// A frequency for which an interval is the right thing.
    #[error("rrule: `FREQ={value}` is not supported")]
    TooFrequent {
        /// `SECONDLY` or `MINUTELY`.
        value: &'static str,
    },
    /// A number that is none, or is out of its range.
    #[error("rrule {name}: {} is not allowed", quoted(value))]
    Number {
        /// The part's name.
        name: &'static str,
        /// The value as written.
        value: String,
        /// The range in words.
        expected: &'static str,
    },
    /// A weekday that does not exist.
    #[error("rrule {name}: `{value}` is not a weekday")]
    Weekday {
        /// The part's name.
        name: &'static str,
        /// The value as written.
        value: String,
    },
    /// A date that is none.
    #[error("rrule UNTIL: `{value}` is not a date")]
    Until {
        /// The value as written.
        value: String,
    },
    /// An end in UTC beside a start in local time, with which Prefect's scheduler fails.
    #[error(
        "rrule UNTIL: `{value}` is in UTC, the rule's start is in local time, and Prefect then finds no dates at all"
    )]
    UntilInUtc {
        /// The value as written.
        value: String,
    },
    /// Both ends at once.
    #[error("rrule: `COUNT` and `UNTIL` exclude each other")]
    CountAndUntil,
    /// A count without a start.
    #[error("rrule COUNT: Prefect counts from 2020-01-01 unless the schedule has a start")]
    CountWithoutStart,
    /// A numbered weekday where Prefect drops the number.
    #[error("rrule BYDAY: the number in `{value}` is ignored with `FREQ={frequency}`")]
    IgnoredNumber {
        /// The weekday as written.
        value: String,
        /// The rule's frequency.
        frequency: &'static str,
    },
    /// Weekdays with and without number, which Prefect takes for days that fulfil both.
    #[error(
        "rrule BYDAY: `{value}` mixes weekdays with and without a number, which Prefect joins by \"and\""
    )]
    MixedWeekdays {
        /// The whole list as written.
        value: String,
    },
    /// A part that RFC 5545 excludes from the frequency.
    #[error("rrule: `{name}` does not go with `FREQ={frequency}`")]
    WrongFrequency {
        /// The part's name.
        name: &'static str,
        /// The rule's frequency.
        frequency: &'static str,
    },
    /// Hours of the day in an hourly rule that jumps over some.
    #[error(
        "rrule: `BYHOUR` with `FREQ=HOURLY` and `INTERVAL={interval}` depends on the start and may never fire"
    )]
    HoursOfHours {
        /// The interval.
        interval: u32,
    },
    /// A position without a set that it could choose from.
    #[error("rrule: `BYSETPOS` needs another `BY...` part to choose from")]
    PositionAlone,
    /// A rule without a date from its start on, whatever the year.
    #[error("rrule: `{rule}` has no date from its start on, so this schedule never fires")]
    NoDates {
        /// The whole rule.
        rule: String,
    },
    /// A rule that no day fulfils.
    #[error("rrule: no day is {days} of {months}, so this schedule never fires")]
    NeverFires {
        /// The days, as the rule has them.
        days: String,
        /// The months, as the rule has them.
        months: String,
    },
}

impl Explain for RecurrenceRuleError {
    fn help(&self) -> Option<String> {
        Some(match self {
            Self::Empty | Self::NoFrequency => {
                "write `FREQ=DAILY`, `FREQ=WEEKLY;BYDAY=MO` or the like".to_owned()
            }
            Self::TooLong { .. } => "write several schedules".to_owned(),
            Self::Property { property } if property == "DTSTART" => {
                "write `start = \"2026-01-01T06:00:00\"` beside the rule, and the zone as `tz`"
                    .to_owned()
            }
            Self::Property { .. } => "write several schedules, each with one rule".to_owned(),
            Self::Character { character } if *character == ' ' => "remove the blank".to_owned(),
            Self::Character { .. } => "write ASCII letters, digits and `=;,+-` only".to_owned(),
            Self::Shape { .. } => "write parts such as `INTERVAL=2` with `;` between".to_owned(),
            Self::UnknownPart { name } => match suggest::nearest(name, PARTS) {
                Some(nearest) => format!("write `{nearest}`"),
                None => format!("the parts are {}", listed(PARTS)),
            },
            Self::Easter => "write a rule with fixed dates".to_owned(),
            Self::Repeated { name } => {
                format!("write `{name}` once, with a list such as `1,15` where it takes one")
            }
            Self::Frequency { value } => match suggest::nearest(value, FREQUENCIES) {
                Some(nearest) => format!("write `FREQ={nearest}`"),
                None => format!("the frequencies are {}", listed(FREQUENCIES)),
            },
            Self::TooFrequent { .. } => {
                "write an interval schedule, such as `interval(\"15m\")`".to_owned()
            }
            Self::Number { expected, .. } => format!("write {expected}"),
            Self::Weekday { value, .. } => weekday_help(value),
            Self::Until { .. } => "write `20301231T235959`, in the schedule's time zone".to_owned(),
            Self::UntilInUtc { value } => {
                format!(
                    "write `{}`, which is read in the schedule's time zone",
                    value.trim_end_matches(['Z', 'z'])
                )
            }
            Self::CountAndUntil => "write one of the two".to_owned(),
            Self::CountWithoutStart => "add `start = \"2026-01-01T06:00:00\"`".to_owned(),
            Self::IgnoredNumber { value, .. } => {
                let day = value.trim_start_matches(|letter: char| !letter.is_ascii_alphabetic());
                format!("write `{day}`, or use `FREQ=MONTHLY` for the n-th weekday of the month")
            }
            Self::MixedWeekdays { .. } => "write two schedules".to_owned(),
            Self::WrongFrequency { name, .. } => match *name {
                "BYMONTHDAY" => "use `FREQ=MONTHLY`".to_owned(),
                _ => "use `FREQ=YEARLY`".to_owned(),
            },
            Self::HoursOfHours { .. } => "write `FREQ=DAILY` with the hours in `BYHOUR`".to_owned(),
            Self::PositionAlone => "add a part such as `BYDAY=MO,TU,WE,TH,FR`".to_owned(),
            Self::NoDates { .. } => {
                "change `start`, `UNTIL` or the `BY...` parts so that they meet".to_owned()
            }
            Self::NeverFires { .. } => {
                "write a day that exists; `-1` is the last day of the month".to_owned()
            }
        })
    }
}

const FREQUENCIES: [&str; 5] = ["YEARLY", "MONTHLY", "WEEKLY", "DAILY", "HOURLY"];

fn listed<const COUNT: usize>(names: [&str; COUNT]) -> String {
    names.map(|name| format!("`{name}`")).join(", ")
}

fn weekday_help(value: &str) -> String {
    let letters = value.trim_start_matches(|letter: char| !letter.is_ascii_alphabetic());
    let number = &value[..value.len() - letters.len()];
    let short: String = letters.chars().take(2).collect::<String>().to_uppercase();
    if super::parse::WEEKDAYS.contains(&short.as_str()) {
        format!("write `{number}{short}`")
    } else {
        "write `MO`, `TU`, `WE`, `TH`, `FR`, `SA` or `SU`, with a number before it for the n-th such as `-1FR`".to_owned()
    }
}
