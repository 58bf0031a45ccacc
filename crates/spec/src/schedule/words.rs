//! Schedules in short English.

mod cron;
mod rule;

use super::Schedule;
use crate::TimeSpan;

const WEEKDAYS: [&str; 7] = [
    "Sunday",
    "Monday",
    "Tuesday",
    "Wednesday",
    "Thursday",
    "Friday",
    "Saturday",
];
const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];
const PLACES: [&str; 5] = ["first", "second", "third", "fourth", "fifth"];
/// Longer lists are harder to read than the expression.
const LONGEST_LIST: usize = 4;

impl Schedule {
    /// The schedule in short English, `at 06:00, Monday to Friday (Europe/Oslo)`; the expression itself if that is too much.
    #[must_use]
    pub fn in_words(&self) -> String {
        let words = match self {
            Self::Cron {
                expression, day_or, ..
            } => {
                let words = expression
                    .fields()
                    .and_then(|fields| cron::words(&fields, *day_or));
                words.unwrap_or_else(|| format!("cron `{expression}`"))
            }
            Self::Interval { every, .. } => format!("every {}", span_words(every.time_span())),
            Self::Rrule { rule, start, .. } => {
                let words = rule
                    .rule()
                    .and_then(|parsed| rule::words(&parsed, start.as_ref()));
                words.unwrap_or_else(|| format!("rrule `{rule}`"))
            }
        };
        match self.timezone() {
            Some(zone) => format!("{words} ({zone})"),
            None => words,
        }
    }
}

/// `hour`, `15 minutes`, `1h30m`.
fn span_words(span: TimeSpan) -> String {
    let units = [
        ("week", 604_800_000),
        ("day", 86_400_000),
        ("hour", 3_600_000),
        ("minute", 60_000),
        ("second", 1000),
    ];
    let milliseconds = span.as_millis();
    let whole = units
        .into_iter()
        .find(|(_, size)| milliseconds >= *size && milliseconds.is_multiple_of(*size));
    whole.map_or_else(
        || span.to_string(),
        |(unit, size)| times(milliseconds / size, unit),
    )
}

/// `day`, `2 days`.
fn times(count: u64, unit: &str) -> String {
    if count == 1 {
        unit.to_owned()
    } else {
        format!("{count} {unit}s")
    }
}

/// `a`, `a and b`, `a, b and c`.
fn joined(words: &[String]) -> String {
    match words {
        [] => String::new(),
        [only] => only.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

/// A run of at least three values as `first to last`, a short list as such; nothing for a long list.
fn range_or_list(values: &[u32], name: impl Fn(u32) -> String) -> Option<String> {
    let is_run = values.windows(2).all(|pair| pair[1] == pair[0] + 1);
    match values {
        [first, _, .., last] if is_run => Some(format!("{} to {}", name(*first), name(*last))),
        _ if values.len() <= LONGEST_LIST => Some(joined(
            &values.iter().map(|value| name(*value)).collect::<Vec<_>>(),
        )),
        _ => None,
    }
}

fn clock(hour: u32, minute: u32) -> String {
    format!("{hour:02}:{minute:02}")
}

fn month(number: u32) -> String {
    MONTHS[(number as usize + 11) % 12].to_owned()
}

/// From Sunday, 0.
fn weekday(number: u32) -> String {
    WEEKDAYS[number as usize % 7].to_owned()
}
