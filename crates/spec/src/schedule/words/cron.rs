use super::{LONGEST_LIST, PLACES, clock, joined, month, range_or_list, times, weekday};
use crate::cron::fields::{Fields, Nth, Values};

pub(super) fn words(fields: &Fields, day_or: bool) -> Option<String> {
    let time = time_words(fields)?;
    let days = day_words(fields, day_or)?;
    let months = if fields.months.any {
        String::new()
    } else {
        format!(" in {}", range_or_list(&fields.months.list, month)?)
    };
    Some(match days {
        Some(days) => format!("{time}, {days}{months}"),
        None if time.starts_with("at ") => format!("{time} every day{months}"),
        None => format!("{time}{months}"),
    })
}

fn time_words(fields: &Fields) -> Option<String> {
    let (minutes, hours) = (&fields.minutes, &fields.hours);
    if let Some(step) = step(&fields.texts[0], minutes, 60) {
        let every = format!("every {}", times(step, "minute"));
        return match hours.list.as_slice() {
            _ if hours.any => Some(every),
            [] => None,
            list if is_run(list) => Some(format!(
                "{every} from {} to {}",
                clock(list[0], 0),
                clock(list[list.len() - 1], 59)
            )),
            _ => None,
        };
    }
    let [minute] = minutes.list.as_slice() else {
        return None;
    };
    if let Some(step) = step(&fields.texts[1], hours, 24) {
        let every = format!("every {}", times(step, "hour"));
        return Some(if *minute == 0 {
            every
        } else {
            format!("{every} at minute {minute}")
        });
    }
    match hours.list.as_slice() {
        list if list.len() <= LONGEST_LIST => {
            let clocks: Vec<String> = list.iter().map(|hour| clock(*hour, *minute)).collect();
            Some(format!("at {}", joined(&clocks)))
        }
        list if is_run(list) => Some(format!(
            "every hour from {} to {}",
            clock(list[0], *minute),
            clock(list[list.len() - 1], *minute)
        )),
        _ => None,
    }
}

fn is_run(list: &[u32]) -> bool {
    list.windows(2).all(|pair| pair[1] == pair[0] + 1)
}

/// The step of `*`, `*/15` or a full list, if it divides the cycle; a step that does not is uneven.
fn step(text: &str, values: &Values, cycle: u64) -> Option<u64> {
    if values.any {
        return Some(1);
    }
    let step: u64 = text.strip_prefix("*/")?.parse().ok()?;
    (step > 0 && step < cycle && cycle.is_multiple_of(step)).then_some(step)
}

/// Nothing at all if it can't be said shortly; inner nothing for every day.
fn day_words(fields: &Fields, day_or: bool) -> Option<Option<String>> {
    match (fields.days.any, fields.weekdays.any) {
        (true, true) => Some(None),
        (true, false) => Some(Some(weekday_words(fields)?)),
        (false, true) => Some(Some(month_day_words(&fields.days)?)),
        (false, false) if !fields.nth.is_empty() => None,
        (false, false) => {
            let or = if day_or { "or" } else { "if it is" };
            Some(Some(format!(
                "{} {or} {}",
                month_day_words(&fields.days)?,
                weekday_words(fields)?
            )))
        }
    }
}

fn weekday_words(fields: &Fields) -> Option<String> {
    if fields.nth.is_empty() {
        return match fields.weekdays.list.as_slice() {
            [0, 6] => Some("Saturday and Sunday".to_owned()),
            list => range_or_list(list, weekday),
        };
    }
    if fields.nth.len() > LONGEST_LIST {
        return None;
    }
    let places: Vec<String> = fields.nth.iter().map(nth_words).collect();
    Some(format!("on the {} of the month", joined(&places)))
}

fn nth_words(nth: &Nth) -> String {
    let place = nth
        .place
        .map_or("last", |place| PLACES[(place as usize + 4) % 5]);
    format!("{place} {}", weekday(nth.weekday))
}

fn month_day_words(days: &Values) -> Option<String> {
    if days.last {
        return match days.list.as_slice() {
            [] => Some("on the last day of the month".to_owned()),
            list => Some(format!(
                "on day {} and the last day of the month",
                range_or_list(list, |day| day.to_string())?
            )),
        };
    }
    Some(format!(
        "on day {} of the month",
        range_or_list(&days.list, |day| day.to_string())?
    ))
}
