//! Prefect's dialect of cron, as croniter of both its generations expands it.

use super::error::CronError;
use super::field::CronField;
use super::fields::{Fields, Nth, Values};
use crate::text::position_of;

/// The words that stand for a whole expression; Prefect knows them in any case, without blanks around.
pub(super) const ALIASES: [(&str, &str); 7] = [
    ("@midnight", "0 0 * * *"),
    ("@hourly", "0 * * * *"),
    ("@daily", "0 0 * * *"),
    ("@weekly", "0 0 * * 0"),
    ("@monthly", "0 0 1 * *"),
    ("@yearly", "0 0 1 1 *"),
    ("@annually", "0 0 1 1 *"),
];

pub(crate) fn parse(expression: &str) -> Result<Fields, CronError> {
    if let Some((offset, character)) = expression
        .char_indices()
        .find(|(_, letter)| !letter.is_ascii() || (letter.is_control() && *letter != '\t'))
    {
        return Err(CronError::Character {
            character,
            position: position_of(expression, offset),
        });
    }
    let lower = expression.to_ascii_lowercase();
    let known = ALIASES.iter().find(|(alias, _)| *alias == lower);
    let text = known.map_or(expression, |(_, replacement)| replacement);
    let parts: Vec<&str> = text.split_ascii_whitespace().collect();
    match parts.first() {
        None => return Err(CronError::Empty),
        Some(alias) if alias.starts_with('@') => {
            return Err(CronError::Alias {
                alias: expression.to_owned(),
            });
        }
        _ => {}
    }
    if parts.len() != 5 {
        return Err(CronError::FieldCount {
            count: parts.len(),
            fields: parts.join(" "),
        });
    }
    let mut fields = Fields {
        texts: parts.iter().map(|part| (*part).to_owned()).collect(),
        ..Fields::default()
    };
    for (field, part) in CronField::ALL.into_iter().zip(&parts) {
        let (mut values, nth) = parse_field(field, part)?;
        let beside = match field {
            CronField::DayOfMonth => parts[4],
            CronField::DayOfWeek => parts[2],
            _ => "*",
        };
        // A full list of days counts as `*` only if the other day field has a `*`; else the two are joined by "or".
        values.any |= !values.last && values.list.len() == field.size() && beside.contains('*');
        fields.nth.extend(nth);
        *fields.values_mut(field) = values;
    }
    Ok(fields)
}

fn parse_field(field: CronField, part: &str) -> Result<(Values, Vec<Nth>), CronError> {
    let mut values = Values::default();
    let mut nth = Vec::new();
    if part == "?" && field.is_day() {
        values.any = true;
        return Ok((values, nth));
    }
    if part.contains('?') {
        return Err(CronError::QuestionMark { field });
    }
    let mut plain = false;
    for element in part.split(',') {
        if element.is_empty() {
            return Err(CronError::EmptyElement {
                field,
                text: part.to_owned(),
            });
        }
        let lower = element.to_ascii_lowercase();
        if field == CronField::DayOfWeek && parse_nth(element, &lower, &mut nth)? {
            continue;
        }
        plain = true;
        parse_element(field, element, &lower, &mut values)?;
    }
    if plain && !nth.is_empty() {
        return Err(CronError::MixedNth {
            field,
            text: part.to_owned(),
        });
    }
    values.list.extend(nth.iter().map(|nth| nth.weekday));
    values.list.sort_unstable();
    values.list.dedup();
    Ok((values, nth))
}

/// Reads `MON#1`, `MON-FRI#1` and `L5`, which exist in the day of the week only; tells whether it was one.
fn parse_nth(element: &str, lower: &str, nth: &mut Vec<Nth>) -> Result<bool, CronError> {
    let field = CronField::DayOfWeek;
    if let Some(number) = lower.strip_prefix('l').filter(|rest| is_number(rest)) {
        nth.push(Nth {
            weekday: weekday(number)? % 7,
            place: None,
        });
        return Ok(true);
    }
    let Some((days, place)) = lower.split_once('#') else {
        return Ok(false);
    };
    let place: u32 = Some(place)
        .filter(|place| is_number(place))
        .and_then(|place| place.parse().ok())
        .filter(|number| (1..=5).contains(number))
        .ok_or_else(|| CronError::Nth {
            field,
            element: element.to_owned(),
        })?;
    let mut values = Values::default();
    match days.split_once('-') {
        // Prefect takes a range of names here, and none of numbers.
        Some((first, last)) if named(field, first).is_some() && named(field, last).is_some() => {
            parse_element(field, element, days, &mut values)?;
        }
        None if is_number(days) || named(field, days).is_some() => values.list.push(weekday(days)?),
        _ => {
            return Err(CronError::Element {
                field,
                element: element.to_owned(),
            });
        }
    }
    nth.extend(values.list.iter().map(|day| Nth {
        weekday: day % 7,
        place: Some(place),
    }));
    Ok(true)
}

fn weekday(text: &str) -> Result<u32, CronError> {
    value(CronField::DayOfWeek, text, text)
}

fn parse_element(
    field: CronField,
    element: &str,
    lower: &str,
    values: &mut Values,
) -> Result<(), CronError> {
    if lower == "*" {
        values.any = true;
        return Ok(());
    }
    if lower == "l" && field == CronField::DayOfMonth {
        values.last = true;
        return Ok(());
    }
    let (range, step) = match lower.split_once('/') {
        None => (lower, None),
        Some((range, step)) => (range, Some(parse_step(field, element, step)?)),
    };
    let (least, greatest) = (field.bounds().0, field.bounds().0 + field.size() as u32 - 1);
    let (first, last) = match (range, step) {
        ("*", Some(_)) => (least, greatest),
        (range, _) => match range.split_once('-') {
            Some((first, "l")) if field == CronField::DayOfMonth => {
                (value(field, element, first)?, 31)
            }
            Some((first, last)) => (value(field, element, first)?, value(field, element, last)?),
            None if step.is_some() => (value(field, element, range)?, greatest),
            None => {
                values
                    .list
                    .push(value(field, element, range)? % weekday_modulus(field));
                return Ok(());
            }
        },
    };
    let step = step.unwrap_or(1);
    let all_week = field == CronField::DayOfWeek && first == 0 && last == 7;
    let (first, last) = (
        first % weekday_modulus(field),
        last % weekday_modulus(field),
    );
    if first == last && !all_week {
        return Err(range_of_one(field, element, first, step));
    }
    let last = if all_week { greatest } else { last };
    expand(least, greatest, (first, last), step, &mut values.list);
    Ok(())
}

/// Sunday is 0 and 7.
fn weekday_modulus(field: CronField) -> u32 {
    if field == CronField::DayOfWeek {
        7
    } else {
        u32::MAX
    }
}

fn range_of_one(field: CronField, element: &str, value: u32, step: u32) -> CronError {
    let read_as = if step == 1 {
        "*".to_owned()
    } else {
        format!("*/{step}")
    };
    CronError::RangeOfOne {
        field,
        element: element.to_owned(),
        read_as,
        value: value.to_string(),
    }
}

/// Adds the values of a range; one that runs past the end goes on from the start, the way croniter counts the step there.
fn expand(least: u32, greatest: u32, (first, last): (u32, u32), step: u32, list: &mut Vec<u32>) {
    let step = step as usize;
    if first < last {
        list.extend((first..=last).step_by(step));
        return;
    }
    list.extend((first..=greatest).step_by(step));
    let reached = first + (greatest - first) / step as u32 * step as u32;
    let left = (greatest - reached) as usize;
    let position = (reached - least) as usize;
    let size = (greatest - least + 1) as usize;
    let skipped = if position + step > size && left < step {
        (step - left) as u32
    } else {
        0
    };
    list.extend((least + skipped..=last).step_by(step));
}

fn parse_step(field: CronField, element: &str, step: &str) -> Result<u32, CronError> {
    let wrong = || CronError::Step {
        field,
        element: element.to_owned(),
    };
    if !is_number(step) {
        return Err(wrong());
    }
    // A step beyond every range means the first value alone, whatever its size.
    match step.trim_start_matches('0') {
        "" => Err(wrong()),
        digits if digits.len() > 6 => Ok(1_000_000),
        digits => digits.parse().map_err(|_| wrong()),
    }
}

fn value(field: CronField, element: &str, text: &str) -> Result<u32, CronError> {
    if let Some(named) = named(field, text) {
        return Ok(named);
    }
    if !is_number(text) {
        return Err(unreadable(field, element, text));
    }
    let (least, greatest) = field.bounds();
    match text.parse::<u32>() {
        Ok(number) if (least..=greatest).contains(&number) => Ok(number),
        Ok(0) => Err(CronError::OutOfRange {
            field,
            value: "0".to_owned(),
        }),
        _ => Err(CronError::OutOfRange {
            field,
            value: text.to_owned(),
        }),
    }
}

fn unreadable(field: CronField, element: &str, text: &str) -> CronError {
    let element = element.to_owned();
    let is_letter_with_numbers = |letter: char| {
        text.contains(letter)
            && text
                .chars()
                .all(|other| other == letter || other.is_ascii_digit() || "()-".contains(other))
    };
    if matches!(text, "l" | "lw") || is_letter_with_numbers('l') {
        CronError::Last { field, element }
    } else if text == "w" || is_letter_with_numbers('w') {
        CronError::NearestWeekday { field, element }
    } else if text.starts_with(['r', 'h'])
        && (is_letter_with_numbers('r') || is_letter_with_numbers('h'))
    {
        CronError::Random { field, element }
    } else {
        CronError::Element { field, element }
    }
}

fn named(field: CronField, text: &str) -> Option<u32> {
    let (first, names) = field.names();
    names
        .iter()
        .position(|name| *name == text)
        .map(|index| first + index as u32)
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}
