//! Recurrence rules: the part of RFC 5545 that Prefect carries out as it is written.

mod error;
pub(crate) mod occurrences;
mod parse;

pub use error::RecurrenceRuleError;

use crate::LocalDateTime;
use crate::calendar::Day;
use crate::moment::Moment;
use crate::text::text_type;
use occurrences::{LocalSecond, Occurrences};
use parse::parse;
pub(crate) use parse::{Frequency, Rule, WeekdayNumber};

text_type!(
    /// A recurrence rule after RFC 5545, `FREQ=WEEKLY;BYDAY=MO,WE`, without DTSTART.
    ///
    /// Refused although Prefect takes them: rules that hang its scheduler (`INTERVAL=0`), that never fire
    /// (`BYMONTHDAY=32`, `UNTIL` in UTC), or of which it drops a part (`FREQ=DAILY;BYDAY=1MO`).
    RecurrenceRule, RecurrenceRuleError, |rule| parse(rule).map(|_| ()));
/// The start that Prefect puts before a rule that has none.
pub(crate) const DEFAULT_START: &str = "20200101T000000";

impl RecurrenceRule {
    /// Whether the rule counts its occurrences and so means nothing without a start.
    #[must_use]
    pub fn needs_start(&self) -> bool {
        parse(self.as_str()).is_ok_and(|rule| rule.count.is_some())
    }

    /// The text that Prefect stores: a DTSTART line, 2020-01-01T00:00:00 if no start is given, and the rule.
    #[must_use]
    pub fn with_start(&self, start: Option<&LocalDateTime>) -> String {
        let start = start.map_or_else(|| DEFAULT_START.to_owned(), LocalDateTime::to_basic);
        format!(
            "DTSTART:{start}\nRRULE:{}",
            parse::without_prefix(self.as_str())
        )
    }

    /// The rule's dates from the start on, up to the end of a year; nothing if rule or start break their grammar.
    pub(crate) fn occurrences(
        &self,
        start: Option<&LocalDateTime>,
        until_year: i32,
    ) -> Option<Occurrences> {
        Some(Occurrences::new(
            self.rule()?,
            first_second(start)?,
            until_year,
        ))
    }

    /// The rule taken apart; nothing if the text came from elsewhere than `FromStr` and breaks the rule.
    pub(crate) fn rule(&self) -> Option<Rule> {
        parse(self.as_str()).ok()
    }
}

/// The start as a local second; Prefect's default if there is none.
pub(crate) fn first_second(start: Option<&LocalDateTime>) -> Option<LocalSecond> {
    let Some(start) = start else {
        return Some(LocalSecond {
            day: Day {
                year: 2020,
                month: 1,
                day: 1,
            },
            hour: 0,
            minute: 0,
            second: 0,
        });
    };
    let Moment {
        day,
        hour,
        minute,
        second,
        ..
    } = Moment::parse(start.as_str(), false).ok()?;
    Some(LocalSecond {
        day,
        hour,
        minute,
        second,
    })
}
