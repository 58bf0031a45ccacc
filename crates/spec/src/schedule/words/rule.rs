use super::{LONGEST_LIST, PLACES, clock, joined, month, range_or_list, times, weekday};
use crate::LocalDateTime;
use crate::rrule::{Frequency, Rule, WeekdayNumber, first_second};

pub(super) fn words(rule: &Rule, start: Option<&LocalDateTime>) -> Option<String> {
    let is_plain = rule.positions.is_empty()
        && rule.year_days.is_empty()
        && rule.weeks.is_empty()
        && rule.seconds.is_empty();
    let start = first_second(start)?;
    if !is_plain
        || start.second != 0
        || rule.frequency == Frequency::Hourly && !rule.hours.is_empty()
    {
        return None;
    }
    let unit = match rule.frequency {
        Frequency::Yearly => "year",
        Frequency::Monthly => "month",
        Frequency::Weekly => "week",
        Frequency::Daily => "day",
        Frequency::Hourly => "hour",
    };
    let mut text = format!("every {}", times(u64::from(rule.interval), unit));
    text.push_str(&day_words(rule, start.day)?);
    if !rule.months.is_empty() {
        text.push_str(&format!(
            " in {}",
            range_or_list(&numbers(&rule.months)?, month)?
        ));
    }
    text.push_str(&time_words(rule, start.hour, start.minute)?);
    if let Some(count) = rule.count {
        text.push_str(&format!(", {count} times in all"));
    }
    if let Some((day, ..)) = rule.until {
        text.push_str(&format!(
            ", until {:04}-{:02}-{:02}",
            day.year, day.month, day.day
        ));
    }
    Some(text)
}

fn numbers(list: &[i32]) -> Option<Vec<u32>> {
    let mut numbers: Vec<u32> = list
        .iter()
        .map(|number| u32::try_from(*number).ok())
        .collect::<Option<_>>()?;
    numbers.sort_unstable();
    numbers.dedup();
    Some(numbers)
}

fn day_words(rule: &Rule, start: crate::calendar::Day) -> Option<String> {
    match (rule.weekdays.as_slice(), rule.month_days.as_slice()) {
        ([], []) => Some(match rule.frequency {
            Frequency::Yearly if rule.months.is_empty() => {
                format!(" on {} {}", start.day, month(start.month))
            }
            Frequency::Yearly | Frequency::Monthly => format!(" on day {}", start.day),
            Frequency::Weekly => format!(" on {}", weekday(start.weekday_from_sunday())),
            Frequency::Daily | Frequency::Hourly => String::new(),
        }),
        ([], [-1]) => Some(" on the last day of the month".to_owned()),
        ([], days) => Some(format!(
            " on day {} of the month",
            range_or_list(&numbers(days)?, |day| day.to_string())?
        )),
        (weekdays, []) => {
            let counted_in_year = rule.frequency == Frequency::Yearly && rule.months.is_empty();
            Some(format!(
                "{}{}",
                weekday_words(weekdays)?,
                if counted_in_year { " of the year" } else { "" }
            ))
        }
        _ => None,
    }
}

fn weekday_words(weekdays: &[WeekdayNumber]) -> Option<String> {
    if weekdays.iter().any(|day| day.place.is_some()) {
        let places: Vec<String> = weekdays.iter().map(place_words).collect::<Option<_>>()?;
        return (places.len() <= LONGEST_LIST).then(|| format!(" on the {}", joined(&places)));
    }
    let mut list: Vec<u32> = weekdays.iter().map(|day| day.weekday).collect();
    list.sort_unstable();
    list.dedup();
    Some(format!(
        " on {}",
        range_or_list(&list, |day| weekday(day + 1))?
    ))
}

fn place_words(day: &WeekdayNumber) -> Option<String> {
    let place = match day.place? {
        -1 => "last",
        place @ 1..=5 => PLACES[place as usize - 1],
        _ => return None,
    };
    Some(format!("{place} {}", weekday(day.weekday + 1)))
}

fn time_words(rule: &Rule, hour: u32, minute: u32) -> Option<String> {
    let hours = if rule.hours.is_empty() {
        vec![hour]
    } else {
        numbers(&rule.hours)?
    };
    let minutes = if rule.minutes.is_empty() {
        vec![minute]
    } else {
        numbers(&rule.minutes)?
    };
    let [minute] = minutes.as_slice() else {
        return None;
    };
    if rule.frequency == Frequency::Hourly {
        return Some(if *minute == 0 {
            String::new()
        } else {
            format!(" at minute {minute}")
        });
    }
    if hours.len() > LONGEST_LIST {
        return None;
    }
    let clocks: Vec<String> = hours.iter().map(|hour| clock(*hour, *minute)).collect();
    Some(format!(" at {}", joined(&clocks)))
}
