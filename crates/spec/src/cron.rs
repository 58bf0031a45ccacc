//! Cron expressions in Prefect's dialect: five fields, names, wrap-around ranges, `L`, `#` and `@daily`.

mod error;
mod field;
pub(crate) mod fields;
mod parse;

pub use error::CronError;
pub use field::CronField;

use crate::calendar::Day;
use crate::text::text_type;
use fields::{Fields, Minute, MissingDays};

text_type!(
    /// A cron expression that both Prefect generations read as it is meant.
    ///
    /// Refused although Prefect takes them: 6 and 7 fields, ranges of one (`34-34` is read as `*`), expressions that
    /// never fire, random values, and weekdays with `#` mixed with plain ones.
    CronExpression, CronError, |expression| check(expression));
fn check(expression: &str) -> Result<(), CronError> {
    let fields = parse::parse(expression)?;
    if fires(&fields, true) {
        return Ok(());
    }
    let (days, weekdays) = (fields.texts[2].clone(), fields.texts[4].clone());
    Err(if fields.has_both_days() && !fields.nth.is_empty() {
        CronError::NeverTogether { days, weekdays }
    } else {
        CronError::NeverFires {
            days,
            months: fields.texts[3].clone(),
        }
    })
}

/// Whether both Prefect generations find a next minute; seen from a fixed day, since no rule may depend on the day of the build.
fn fires(fields: &Fields, day_or: bool) -> bool {
    let start = Minute {
        day: Day {
            year: 2001,
            month: 1,
            day: 1,
        },
        hour: 0,
        minute: 0,
    };
    let found = |missing| fields.next_after(start, day_or, missing).is_some();
    found(MissingDays::Skipped) && found(MissingDays::Counted)
}

impl CronExpression {
    /// Judges the expression together with `day_or`, which says whether one of the two day fields suffices.
    ///
    /// # Errors
    /// With `day_or`, if Prefect would ignore the day of the month; without, if the two never fall together.
    pub fn check_day_or(&self, day_or: bool) -> Result<(), CronError> {
        let fields = parse::parse(self.as_str())?;
        let (days, weekdays) = (fields.texts[2].clone(), fields.texts[4].clone());
        if day_or && fields.has_both_days() && !fields.nth.is_empty() {
            return Err(CronError::IgnoredDays { days, weekdays });
        }
        if !fires(&fields, day_or) {
            return Err(CronError::NeverTogether { days, weekdays });
        }
        Ok(())
    }

    /// The expression taken apart; nothing if the text came from elsewhere than `FromStr` and breaks the rule.
    pub(crate) fn fields(&self) -> Option<Fields> {
        parse::parse(self.as_str()).ok()
    }
}
