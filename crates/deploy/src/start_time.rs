//! `--at`: when a run is due.

use std::str::FromStr;

use chrono::{DateTime, TimeDelta, Utc};
use longshore_spec::{Anchor, Explain, MomentError, TimeSpan, TimeSpanError};

/// A moment, or a time from now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum StartTime {
    /// `2026-11-21T18:00:00+01:00`
    At(DateTime<Utc>),
    /// `+10m`
    In(TimeDelta),
}

/// A text that is neither.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ParseStartTimeError {
    #[error("{source}{}", help(source))]
    Span { source: TimeSpanError },
    #[error("{source}{}; `+10m` is ten minutes from now", help(source))]
    Moment { source: MomentError },
    #[error("{0}")]
    Range(String),
}

/// The command line shows one text, so the remedy is a part of it.
fn help(error: &dyn Explain) -> String {
    error
        .help()
        .map_or_else(String::new, |help| format!(": {help}"))
}

impl FromStr for StartTime {
    type Err = ParseStartTimeError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let range = || ParseStartTimeError::Range(format!("`{text}` cannot be told as a time"));
        if let Some(span) = text.strip_prefix('+') {
            let span: TimeSpan = span
                .parse()
                .map_err(|source| ParseStartTimeError::Span { source })?;
            return TimeDelta::from_std(span.as_duration())
                .map(Self::In)
                .map_err(|_| range());
        }
        let moment: Anchor = text
            .parse()
            .map_err(|source| ParseStartTimeError::Moment { source })?;
        DateTime::parse_from_rfc3339(moment.as_str())
            .map(|moment| Self::At(moment.with_timezone(&Utc)))
            .map_err(|_| range())
    }
}

impl StartTime {
    /// The moment, counted from `now`.
    pub(crate) fn moment(self, now: DateTime<Utc>) -> DateTime<Utc> {
        match self {
            Self::At(moment) => moment,
            Self::In(span) => now + span,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_have_an_offset_and_spans_a_sign() {
        let now: DateTime<Utc> = "2026-11-21T10:00:00Z".parse().unwrap();
        for (text, expected) in [
            ("2026-11-21T18:00:00+01:00", "2026-11-21T17:00:00Z"),
            ("2026-11-21T18:00:00Z", "2026-11-21T18:00:00Z"),
            ("+10m", "2026-11-21T10:10:00Z"),
            ("+1h30m", "2026-11-21T11:30:00Z"),
        ] {
            let expected: DateTime<Utc> = expected.parse().unwrap();
            assert_eq!(
                text.parse::<StartTime>().unwrap().moment(now),
                expected,
                "{text}"
            );
        }
        for (text, expected) in [
            ("10m", "`+10m` is ten minutes from now"),
            (
                "2026-11-21T18:00:00",
                "has no offset from UTC: write `2026-11-21T18:00:00Z`",
            ),
            ("+10", "`10` has no unit: write `10s`"),
            ("18:00", "not a date with a time"),
        ] {
            let error = text.parse::<StartTime>().unwrap_err().to_string();
            assert!(error.contains(expected), "{text}: {error}");
        }
    }
}
