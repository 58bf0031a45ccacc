//! Recurrence rules: the part of RFC 5545 that Prefect carries out as it is written.

mod error;
mod parse;

pub use error::RecurrenceRuleError;

use crate::LocalDateTime;
use crate::text::{checked_by_macro, text_type};
use parse::parse;

text_type!(
    /// A recurrence rule after RFC 5545, `FREQ=WEEKLY;BYDAY=MO,WE`, without DTSTART.
    ///
    /// Refused although Prefect takes them: rules that hang its scheduler (`INTERVAL=0`), that never fire
    /// (`BYMONTHDAY=32`, `UNTIL` in UTC), or of which it drops a part (`FREQ=DAILY;BYDAY=1MO`).
    RecurrenceRule, RecurrenceRuleError, |rule| parse(rule).map(|_| ()));
checked_by_macro!(RecurrenceRule);

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
}
