//! Time spans such as `90s` or `1h30m`.

use crate::Explain;
use std::fmt;
use std::str::FromStr;
use std::time::Duration;

/// Why a time span is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TimeSpanError {
    /// There is no text.
    #[error("the time span is empty")]
    Empty,
    /// A number without a unit.
    #[error("time span: `{number}` has no unit")]
    NoUnit {
        /// The number as written.
        number: String,
    },
    /// A unit other than ms, s, m, h and d.
    #[error("time span: `{}` is not a unit", unit.escape_debug())]
    Unit {
        /// The unit as written.
        unit: String,
    },
    /// A place where a number is expected and none is found.
    #[error("time span: `{}` does not start with a whole number", rest.escape_debug())]
    NoNumber {
        /// The text from that place on.
        rest: String,
    },
    /// Units that repeat or grow: `30m1h`, `1h1h`.
    #[error("time span: `{unit}` comes after `{previous}`")]
    Order {
        /// The unit that is out of order.
        unit: &'static str,
        /// The unit before it.
        previous: &'static str,
    },
    /// More than 100,000 days.
    #[error("time span: `{}` is longer than {MAXIMUM_DAYS} days", text.escape_debug())]
    TooLong {
        /// The whole text.
        text: String,
    },
    /// An interval of less than a second.
    #[error("the interval `{0}` is shorter than the minimum of 1s")]
    IntervalTooShort(TimeSpan),
}

impl Explain for TimeSpanError {
    fn help(&self) -> Option<String> {
        Some(match self {
            Self::Empty => EXAMPLE.to_owned(),
            Self::NoUnit { number } => {
                format!("write `{number}s`, `{number}m`, `{number}h` or `{number}d`")
            }
            Self::Unit { unit } => match full_unit(unit) {
                Some(short) => {
                    format!("write `{short}`; the units are `ms`, `s`, `m`, `h` and `d`")
                }
                None => "the units are `ms`, `s`, `m`, `h` and `d`".to_owned(),
            },
            Self::NoNumber { rest } if rest.starts_with('.') => {
                "write `1h30m` for one and a half hours".to_owned()
            }
            Self::NoNumber { .. } => EXAMPLE.to_owned(),
            Self::Order { .. } => {
                "write each unit once, the largest first, such as `1h30m`".to_owned()
            }
            Self::TooLong { .. } => format!("write at most `{MAXIMUM_DAYS}d`"),
            Self::IntervalTooShort(_) => "write `1s` or more".to_owned(),
        })
    }
}

const EXAMPLE: &str = "write a number and a unit, such as `90s` or `1h30m`";
// Keeps every sum of a date and a span within the years that Prefect and chrono can tell.
const MAXIMUM_DAYS: u64 = 100_000;
const UNITS: [(&str, u64); 5] = [
    ("d", 86_400_000),
    ("h", 3_600_000),
    ("m", 60_000),
    ("s", 1000),
    ("ms", 1),
];

fn full_unit(unit: &str) -> Option<&'static str> {
    Some(match unit.trim().to_lowercase().as_str() {
        "d" | "day" | "days" => "d",
        "h" | "hr" | "hrs" | "hour" | "hours" => "h",
        "m" | "min" | "mins" | "minute" | "minutes" => "m",
        "s" | "sec" | "secs" | "second" | "seconds" => "s",
        "ms" | "msec" | "millis" | "millisecond" | "milliseconds" => "ms",
        "w" | "week" | "weeks" => "7d",
        _ => return None,
    })
}

/// A length of time in whole milliseconds, written as `90s` or `1h30m` with the units ms, s, m, h and d.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TimeSpan(Duration);

impl TimeSpan {
    /// A span of so many milliseconds.
    #[must_use]
    pub const fn from_millis(milliseconds: u64) -> Self {
        Self(Duration::from_millis(milliseconds))
    }

    /// The span as a standard duration.
    #[must_use]
    pub const fn as_duration(&self) -> Duration {
        self.0
    }

    /// The span in milliseconds.
    #[must_use]
    pub const fn as_millis(&self) -> u64 {
        self.0.as_secs() * 1000 + self.0.subsec_millis() as u64
    }
}

impl FromStr for TimeSpan {
    type Err = TimeSpanError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut rest = text.trim();
        if rest.is_empty() {
            return Err(TimeSpanError::Empty);
        }
        let too_long = || TimeSpanError::TooLong {
            text: text.to_owned(),
        };
        let mut total: u64 = 0;
        let mut previous: Option<usize> = None;
        while !rest.is_empty() {
            let digits = rest
                .find(|letter: char| !letter.is_ascii_digit())
                .unwrap_or(rest.len());
            let (number, tail) = rest.split_at(digits);
            if number.is_empty() {
                return Err(TimeSpanError::NoNumber {
                    rest: rest.to_owned(),
                });
            }
            let letters = tail
                .find(|letter: char| letter.is_ascii_digit())
                .unwrap_or(tail.len());
            let (unit, next) = tail.split_at(letters);
            if unit.is_empty() {
                return Err(TimeSpanError::NoUnit {
                    number: number.to_owned(),
                });
            }
            if unit.starts_with('.') || unit.starts_with(',') {
                return Err(TimeSpanError::NoNumber {
                    rest: tail.to_owned(),
                });
            }
            let index = UNITS
                .iter()
                .position(|(name, _)| *name == unit)
                .ok_or_else(|| TimeSpanError::Unit {
                    unit: unit.to_owned(),
                })?;
            if let Some(before) = previous.filter(|before| *before >= index) {
                return Err(TimeSpanError::Order {
                    unit: UNITS[index].0,
                    previous: UNITS[before].0,
                });
            }
            let amount: u64 = number.parse().map_err(|_| too_long())?;
            total = amount
                .checked_mul(UNITS[index].1)
                .and_then(|part| total.checked_add(part))
                .filter(|sum| *sum <= MAXIMUM_DAYS * 86_400_000)
                .ok_or_else(too_long)?;
            previous = Some(index);
            rest = next;
        }
        Ok(Self::from_millis(total))
    }
}

impl fmt::Display for TimeSpan {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut rest = self.as_millis();
        if rest == 0 {
            return formatter.pad("0s");
        }
        let mut text = String::new();
        for (unit, size) in UNITS {
            let amount = rest / size;
            rest %= size;
            if amount > 0 {
                text.push_str(&format!("{amount}{unit}"));
            }
        }
        formatter.pad(&text)
    }
}

impl serde::Serialize for TimeSpan {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> serde::Deserialize<'de> for TimeSpan {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        crate::text::deserialize_text(deserializer)
    }
}

/// The time between two runs of an interval schedule: a [`TimeSpan`] of at least one second.
///
/// Prefect asks for more than zero and takes fractions; runs less than a second apart would outrun its scheduler.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Interval(TimeSpan);

impl Interval {
    /// Takes milliseconds that the attribute macro has parsed with `FromStr`; nothing is checked again.
    #[doc(hidden)]
    #[must_use]
    pub const fn checked_by_macro(milliseconds: u64) -> Self {
        Self(TimeSpan::from_millis(milliseconds))
    }

    /// The time span between two runs.
    #[must_use]
    pub const fn time_span(&self) -> TimeSpan {
        self.0
    }

    /// The time between two runs as a standard duration.
    #[must_use]
    pub const fn as_duration(&self) -> Duration {
        self.0.as_duration()
    }
}

impl TryFrom<TimeSpan> for Interval {
    type Error = TimeSpanError;

    fn try_from(span: TimeSpan) -> Result<Self, Self::Error> {
        if span.as_duration() < Duration::from_secs(1) {
            return Err(TimeSpanError::IntervalTooShort(span));
        }
        Ok(Self(span))
    }
}

impl FromStr for Interval {
    type Err = TimeSpanError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse::<TimeSpan>()?.try_into()
    }
}

impl fmt::Display for Interval {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}

impl serde::Serialize for Interval {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

impl<'de> serde::Deserialize<'de> for Interval {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        crate::text::deserialize_text(deserializer)
    }
}
