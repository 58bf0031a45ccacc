//! Moments: a schedule's start in local time, an interval's anchor with an offset.

use crate::Explain;
use crate::calendar::Day;
use crate::text::{quoted, text_type};

/// Why a date with a time is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum MomentError {
    /// The text does not look like a date with a time at all.
    #[error("{} is not a date with a time", quoted(text))]
    Shape {
        /// The whole text.
        text: String,
        /// Whether an offset belongs to it.
        offset: bool,
    },
    /// A day that is not in the calendar.
    #[error("`{date}` is not a day of the calendar")]
    Day {
        /// The date as written.
        date: String,
    },
    /// An hour, minute or second out of range.
    #[error("`{time}` is not a time of day")]
    Time {
        /// The time as written.
        time: String,
    },
    /// A local time that carries an offset.
    #[error(
        "the start `{text}` has the offset `{offset}`, a start is in the schedule's own time zone"
    )]
    Offset {
        /// The whole text.
        text: String,
        /// The offset as written.
        offset: String,
    },
    /// An anchor without an offset.
    #[error("the anchor `{text}` has no offset from UTC")]
    NoOffset {
        /// The whole text.
        text: String,
    },
    /// An offset that is not `Z` or `+hh:mm`.
    #[error("`{offset}` is not an offset from UTC")]
    BadOffset {
        /// The offset as written.
        offset: String,
    },
}

impl Explain for MomentError {
    fn help(&self) -> Option<String> {
        Some(match self {
            Self::Shape { text, offset } => shape_help(text, *offset),
            Self::Day { .. } => "write an existing day from year 1970 to 9998".to_owned(),
            Self::Time { .. } => "write hours 00-23, minutes and seconds 00-59".to_owned(),
            Self::Offset { text, offset } => {
                format!(
                    "write `{}` and set the zone with `tz`",
                    text.strip_suffix(offset.as_str()).unwrap_or(text)
                )
            }
            Self::NoOffset { text } => {
                format!("write `{text}Z` for UTC, or an offset such as `{text}+01:00`")
            }
            Self::BadOffset { .. } => "write `Z`, or hours and minutes such as `+01:00`".to_owned(),
        })
    }
}

/// Keeps the date and the time if only the `T` or the time is missing.
fn shape_help(text: &str, offset: bool) -> String {
    let candidate = match text.split_once(' ') {
        Some((date, time)) => format!("{date}T{}", time.replace(' ', "")),
        None => format!("{text}T00:00:00"),
    };
    let error = if offset {
        candidate.parse::<Anchor>().err()
    } else {
        candidate.parse::<LocalDateTime>().err()
    };
    match error {
        None => format!("write `{candidate}`"),
        // The fix of what is still missing; another shape error would only repeat this one.
        Some(error @ (MomentError::NoOffset { .. } | MomentError::Offset { .. })) => {
            error.help().unwrap_or_default()
        }
        Some(_) if offset => {
            "write `2026-01-01T06:00:00Z` or `2026-01-01T06:00:00+01:00`".to_owned()
        }
        Some(_) => "write `2026-01-01T06:00:00`".to_owned(),
    }
}

/// A date with a time, and where the offset starts.
pub(crate) struct Moment<'a> {
    pub(crate) day: Day,
    pub(crate) hour: u32,
    pub(crate) minute: u32,
    pub(crate) second: u32,
    pub(crate) offset: &'a str,
}

fn number(text: &str, start: usize, length: usize) -> Option<u32> {
    let digits = text.get(start..start + length)?;
    if digits.bytes().all(|byte| byte.is_ascii_digit()) {
        digits.parse().ok()
    } else {
        None
    }
}

impl<'a> Moment<'a> {
    /// Reads `YYYY-MM-DDTHH:MM[:SS[.fraction]]` and leaves the rest as the offset.
    pub(crate) fn parse(text: &'a str, offset: bool) -> Result<Self, MomentError> {
        let shape = || MomentError::Shape {
            text: text.to_owned(),
            offset,
        };
        let bytes = text.as_bytes();
        let separators = [(4, b'-'), (7, b'-'), (10, b'T'), (13, b':')];
        if separators
            .iter()
            .any(|(index, byte)| bytes.get(*index) != Some(byte))
        {
            return Err(shape());
        }
        let read = |start, length| number(text, start, length).ok_or_else(shape);
        let (year, month, day) = (read(0, 4)? as i32, read(5, 2)?, read(8, 2)?);
        let (hour, minute) = (read(11, 2)?, read(14, 2)?);
        let mut end = 16;
        let mut second = 0;
        if bytes.get(16) == Some(&b':') {
            second = read(17, 2)?;
            end = 19;
            if bytes.get(19) == Some(&b'.') {
                let digits = bytes[20..]
                    .iter()
                    .take_while(|byte| byte.is_ascii_digit())
                    .count();
                if digits == 0 || bytes[20..20 + digits].iter().any(|byte| *byte != b'0') {
                    return Err(shape());
                }
                end = 20 + digits;
            }
        }
        let day = Day::new(year, month, day)
            .filter(|day| (1970..=9998).contains(&day.year))
            .ok_or_else(|| MomentError::Day {
                date: text[..10].to_owned(),
            })?;
        if hour > 23 || minute > 59 || second > 59 {
            return Err(MomentError::Time {
                time: text[11..end].to_owned(),
            });
        }
        Ok(Self {
            day,
            hour,
            minute,
            second,
            offset: &text[end..],
        })
    }
}

fn check_local(text: &str) -> Result<(), MomentError> {
    let moment = Moment::parse(text, false)?;
    if moment.offset.is_empty() {
        return Ok(());
    }
    match offset_seconds(moment.offset) {
        Some(_) => Err(MomentError::Offset {
            text: text.to_owned(),
            offset: moment.offset.to_owned(),
        }),
        None => Err(MomentError::Shape {
            text: text.to_owned(),
            offset: false,
        }),
    }
}

fn check_anchor(text: &str) -> Result<(), MomentError> {
    let moment = Moment::parse(text, true)?;
    if moment.offset.is_empty() {
        return Err(MomentError::NoOffset {
            text: text.to_owned(),
        });
    }
    match offset_seconds(moment.offset) {
        Some(_) => Ok(()),
        None => Err(MomentError::BadOffset {
            offset: moment.offset.to_owned(),
        }),
    }
}

/// Seconds east of UTC of `Z` or `+hh:mm`.
pub(crate) fn offset_seconds(offset: &str) -> Option<i32> {
    if offset == "Z" {
        return Some(0);
    }
    let sign = match offset.as_bytes().first()? {
        b'+' => 1,
        b'-' => -1,
        _ => return None,
    };
    if offset.len() != 6 || offset.as_bytes()[3] != b':' {
        return None;
    }
    let (hours, minutes) = (number(offset, 1, 2)?, number(offset, 4, 2)?);
    if hours > 23 || minutes > 59 {
        return None;
    }
    Some(sign * (hours * 3600 + minutes * 60) as i32)
}

text_type!(
    /// The first moment of a recurrence rule, in the schedule's own time zone: `2026-01-01T06:00:00`.
    LocalDateTime, MomentError, check_local);
impl LocalDateTime {
    /// The form that iCalendar has for it: `20260101T060000`.
    #[must_use]
    pub fn to_basic(&self) -> String {
        let text = self.as_str();
        let mut basic: String = text
            .chars()
            .take(19)
            .filter(|letter| letter.is_ascii_digit() || *letter == 'T')
            .collect();
        if basic.len() == 13 {
            basic.push_str("00");
        }
        basic
    }
}

text_type!(
    /// The moment from which an interval is counted, after RFC 3339: `2026-01-01T00:00:00Z`, whole seconds.
    Anchor, MomentError, check_anchor);
