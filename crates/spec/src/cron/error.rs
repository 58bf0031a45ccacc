use super::field::CronField;
use super::parse::ALIASES;
use crate::text::visible;
use crate::{CronExpression, Explain, suggest};

/// Why a cron expression is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CronError {
    /// There is no text.
    #[error("the cron expression is empty")]
    Empty,
    /// A character outside ASCII, which Prefect may read as a digit or a blank.
    #[error("cron: the character `{}` at position {position} is not allowed", visible(*.character))]
    Character {
        /// The character.
        character: char,
        /// Where it is, counted in characters from 1.
        position: usize,
    },
    /// A word with `@` that Prefect does not know.
    #[error("cron: `{alias}` is not a schedule that Prefect knows")]
    Alias {
        /// The word as written.
        alias: String,
    },
    /// A number of fields other than five.
    #[error("cron: {count} {} instead of 5{}", if *count == 1 { "field" } else { "fields" },
        if *count > 5 { "; Prefect puts seconds last, as the 6th field" } else { "" })]
    FieldCount {
        /// How many fields there are.
        count: usize,
        /// The fields, with single blanks between.
        fields: String,
    },
    /// Two commas follow each other, or one ends the field.
    #[error("{field} field: `{text}` has an empty element")]
    EmptyElement {
        /// The field.
        field: CronField,
        /// The field's text.
        text: String,
    },
    /// An element that is no number, name, range or step.
    #[error("{field} field: `{element}` is not a value of this field")]
    Element {
        /// The field.
        field: CronField,
        /// The element as written.
        element: String,
    },
    /// A number outside the field's range.
    #[error("{field} field: `{value}` is out of range {}-{}", field.bounds().0, field.bounds().1)]
    OutOfRange {
        /// The field.
        field: CronField,
        /// The number as written.
        value: String,
    },
    /// A step that is zero or not a number.
    #[error("{field} field: the step in `{element}` is not a number from 1")]
    Step {
        /// The field.
        field: CronField,
        /// The element as written.
        element: String,
    },
    /// A range from a value to itself.
    #[error("{field} field: Prefect reads the range `{element}` as `{read_as}`")]
    RangeOfOne {
        /// The field.
        field: CronField,
        /// The element as written.
        element: String,
        /// What Prefect makes of it.
        read_as: String,
        /// The one value that is meant.
        value: String,
    },
    /// A `?` where it is not the whole field, or not the field of a day.
    #[error("{field} field: `?` can only stand alone, for the day of the month or of the week")]
    QuestionMark {
        /// The field.
        field: CronField,
    },
    /// An `L` where Prefect knows none.
    #[error("{field} field: Prefect can't read `L` in `{element}`")]
    Last {
        /// The field.
        field: CronField,
        /// The element as written.
        element: String,
    },
    /// The nearest weekday, `15W`, which Prefect 3 refuses.
    #[error("{field} field: Prefect 3 does not know `W` in `{element}`")]
    NearestWeekday {
        /// The field.
        field: CronField,
        /// The element as written.
        element: String,
    },
    /// A random or hashed value, which would change with every look at the schedule.
    #[error("{field} field: the random value `{element}` is not supported")]
    Random {
        /// The field.
        field: CronField,
        /// The element as written.
        element: String,
    },
    /// A number of the weekday in the month outside 1-5.
    #[error("{field} field: `{element}` counts outside `#1` to `#5`")]
    Nth {
        /// The field.
        field: CronField,
        /// The element as written.
        element: String,
    },
    /// Weekdays with and without a place in the month.
    #[error(
        "{field} field: `{text}` mixes weekdays with `#` or `L` and weekdays without, which Prefect can't do"
    )]
    MixedNth {
        /// The field.
        field: CronField,
        /// The field's text.
        text: String,
    },
    /// A day of the month beside the n-th weekday, of which Prefect drops the former.
    #[error(
        "cron: Prefect ignores the day of the month `{days}` beside the day of the week `{weekdays}`"
    )]
    IgnoredDays {
        /// The field of the days of the month.
        days: String,
        /// The field of the days of the week.
        weekdays: String,
    },
    /// A day that no month of the expression has.
    #[error("cron: day `{days}` of month `{months}` never comes, so this schedule never fires")]
    NeverFires {
        /// The field of the days of the month.
        days: String,
        /// The field of the months.
        months: String,
    },
    /// Days of the month and of the week that never fall together.
    #[error(
        "cron: day `{days}` of the month is never the day `{weekdays}` of the week, so this schedule never fires"
    )]
    NeverTogether {
        /// The field of the days of the month.
        days: String,
        /// The field of the days of the week.
        weekdays: String,
    },
}

impl Explain for CronError {
    fn help(&self) -> Option<String> {
        Some(match self {
            Self::Empty => "write 5 fields: minute, hour, day of month, month, day of week; such as `0 6 * * MON-FRI`".to_owned(),
            Self::Character { character, .. } if character.is_control() => "remove it".to_owned(),
            Self::Character { .. } => "write ASCII letters and digits only".to_owned(),
            Self::Alias { alias } => alias_help(alias),
            Self::FieldCount { count, fields } => field_count_help(*count, fields),
            Self::EmptyElement { .. } => "remove the extra comma".to_owned(),
            Self::Element { field, element } => element_help(*field, element),
            Self::OutOfRange { field, .. } => {
                let (least, greatest) = field.bounds();
                match field {
                    CronField::DayOfWeek => "write 0 to 6, where 0 is Sunday, or `MON`".to_owned(),
                    _ => format!("write {least} to {greatest}"),
                }
            }
            Self::Step { .. } => "write a whole number from 1 after the `/`".to_owned(),
            Self::RangeOfOne { value, .. } => format!("write `{value}`"),
            Self::QuestionMark { .. } => "write `*`".to_owned(),
            Self::Last { field: CronField::DayOfWeek, .. } => {
                "write `L5` for the last Friday of the month (0 is Sunday)".to_owned()
            }
            Self::Last { field: CronField::DayOfMonth, .. } => "write `L` alone for the last day of the month".to_owned(),
            Self::Last { .. } => "write a number, a range or `*`".to_owned(),
            Self::NearestWeekday { .. } => "write the day itself, or weekdays such as `MON-FRI` in the 5th field".to_owned(),
            Self::Random { .. } => "write a number".to_owned(),
            Self::Nth { .. } => "write `MON#1` for the first Monday, up to `MON#5`".to_owned(),
            Self::MixedNth { .. } => "write two schedules".to_owned(),
            Self::IgnoredDays { .. } => {
                "write two schedules, or add `day_or = false` for days that fulfil both".to_owned()
            }
            Self::NeverFires { .. } => "write a day that the month has; `L` is the last one".to_owned(),
            Self::NeverTogether { .. } => "change one of the two fields, or write two schedules".to_owned(),
        })
    }
}

fn alias_help(alias: &str) -> String {
    if alias.trim().to_ascii_lowercase().starts_with("@every") {
        return "write an interval schedule, such as `interval(\"15m\")`".to_owned();
    }
    match suggest::nearest(alias.trim(), ALIASES.iter().map(|(alias, _)| *alias)) {
        Some(nearest) => format!("write `{nearest}`"),
        None => {
            "write 5 fields such as `0 6 * * *`, or `@hourly`, `@daily`, `@weekly`, `@monthly` or `@yearly`".to_owned()
        }
    }
}

fn field_count_help(count: usize, fields: &str) -> String {
    if let Some(right) = with_five_fields(fields) {
        return format!("write `{right}`");
    }
    let alias = format!("@{}", fields.to_ascii_lowercase());
    if ALIASES.iter().any(|(known, _)| *known == alias) {
        return format!("write `{alias}`");
    }
    if fields.parse::<crate::Interval>().is_ok() {
        return format!("write `interval(\"{fields}\")`");
    }
    match count {
        6.. => "write 5 fields: minute, hour, day of month, month, day of week; for seconds use an interval".to_owned(),
        _ => "write minute, hour, day of month, month and day of week; such as `0 6 * * MON-FRI`".to_owned(),
    }
}

/// The expression that is likely meant: without blanks beside commas, or without seconds that stand first and a year.
fn with_five_fields(fields: &str) -> Option<String> {
    let joined = fields.replace(", ", ",").replace(" ,", ",");
    let parts: Vec<&str> = fields.split(' ').collect();
    let without_seconds = match parts[..] {
        ["0", ref five @ .., "*"] if five.len() == 5 => Some(five.join(" ")),
        ["0", ref five @ ..] if five.len() == 5 => Some(five.join(" ")),
        _ => None,
    };
    let mut proposals = [Some(joined), without_seconds].into_iter().flatten();
    // A proposal that is refused in turn would be worse than none.
    proposals.find(|proposal| proposal.parse::<CronExpression>().is_ok())
}

fn element_help(field: CronField, element: &str) -> String {
    let (_, names) = field.names();
    let short: String = element.chars().take(3).collect::<String>().to_lowercase();
    if element.len() > 3
        && element.bytes().all(|byte| byte.is_ascii_alphabetic())
        && names.contains(&short.as_str())
    {
        return format!("write `{}`", short.to_uppercase());
    }
    match field {
        CronField::Month => "write 1 to 12 or `JAN` to `DEC`, `1-5`, `1,3` or `*/2`".to_owned(),
        CronField::DayOfWeek => {
            "write 0 to 6 or `SUN` to `SAT`, `MON-FRI`, `MON,WED` or `MON#1`".to_owned()
        }
        CronField::DayOfMonth => "write a number, `1-5`, `1,15`, `*/2`, `*` or `L`".to_owned(),
        _ => "write a number, `1-5`, `1,15`, `*/15` or `*`".to_owned(),
    }
}
