use super::error::RecurrenceRuleError;
use crate::calendar::Day;

pub(super) const PARTS: [&str; 14] = [
    "FREQ",
    "INTERVAL",
    "COUNT",
    "UNTIL",
    "BYDAY",
    "BYMONTHDAY",
    "BYMONTH",
    "BYHOUR",
    "BYMINUTE",
    "BYSECOND",
    "BYSETPOS",
    "BYYEARDAY",
    "BYWEEKNO",
    "WKST",
];
/// From Monday, 0, as the recurrence arithmetic counts.
pub(super) const WEEKDAYS: [&str; 7] = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"];
const MAXIMUM_LENGTH: usize = 6500;

/// How often a rule's period recurs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Frequency {
    Yearly,
    Monthly,
    Weekly,
    Daily,
    Hourly,
}

impl Frequency {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Yearly => "YEARLY",
            Self::Monthly => "MONTHLY",
            Self::Weekly => "WEEKLY",
            Self::Daily => "DAILY",
            Self::Hourly => "HOURLY",
        }
    }
}

/// A weekday from Monday, 0, and its place in the month or the year, from the end if negative.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct WeekdayNumber {
    pub(crate) weekday: u32,
    pub(crate) place: Option<i32>,
}

/// A recurrence rule taken apart; a list is empty where the rule has no such part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Rule {
    pub(crate) frequency: Frequency,
    pub(crate) interval: u32,
    pub(crate) count: Option<u32>,
    /// Day, hour, minute, second in the schedule's zone; inclusive.
    pub(crate) until: Option<(Day, u32, u32, u32)>,
    pub(crate) weekdays: Vec<WeekdayNumber>,
    pub(crate) month_days: Vec<i32>,
    pub(crate) months: Vec<i32>,
    pub(crate) hours: Vec<i32>,
    pub(crate) minutes: Vec<i32>,
    pub(crate) seconds: Vec<i32>,
    pub(crate) positions: Vec<i32>,
    pub(crate) year_days: Vec<i32>,
    pub(crate) weeks: Vec<i32>,
    /// From Monday, 0.
    pub(crate) week_start: u32,
}

/// The rule without the name of its property.
pub(super) fn without_prefix(rule: &str) -> &str {
    match rule.split_at_checked(6) {
        Some((prefix, rest)) if prefix.eq_ignore_ascii_case("RRULE:") => rest,
        _ => rule,
    }
}

pub(crate) fn parse(text: &str) -> Result<Rule, RecurrenceRuleError> {
    if text.trim().is_empty() {
        return Err(RecurrenceRuleError::Empty);
    }
    if text.len() > MAXIMUM_LENGTH {
        return Err(RecurrenceRuleError::TooLong { length: text.len() });
    }
    check_characters(text)?;
    let upper = without_prefix(text).to_ascii_uppercase();
    let mut values: [Option<&str>; PARTS.len()] = [None; PARTS.len()];
    for part in upper.split(';') {
        let (name, value) = part
            .split_once('=')
            .filter(|(_, value)| !value.is_empty())
            .ok_or_else(|| RecurrenceRuleError::Shape {
                part: part.to_owned(),
            })?;
        let index = match PARTS.iter().position(|known| *known == name) {
            Some(index) => index,
            None if name == "BYWEEKDAY" => 4,
            None if name == "BYEASTER" => return Err(RecurrenceRuleError::Easter),
            None => {
                return Err(RecurrenceRuleError::UnknownPart {
                    name: name.to_owned(),
                });
            }
        };
        if values[index].replace(value).is_some() {
            return Err(RecurrenceRuleError::Repeated { name: PARTS[index] });
        }
    }
    let rule = read_values(&values)?;
    check_combination(&rule, values[4])?;
    check_days(&rule, values[5], values[6])?;
    Ok(rule)
}

fn check_characters(text: &str) -> Result<(), RecurrenceRuleError> {
    let rest = without_prefix(text);
    for line in rest.lines() {
        let property: String = line
            .chars()
            .take_while(char::is_ascii_alphabetic)
            .collect::<String>()
            .to_ascii_uppercase();
        if matches!(
            property.as_str(),
            "DTSTART" | "DTEND" | "EXDATE" | "RDATE" | "EXRULE" | "RRULE"
        ) {
            return Err(RecurrenceRuleError::Property { property });
        }
    }
    match rest.chars().find(|letter| !letter.is_ascii_graphic()) {
        Some(character) => Err(RecurrenceRuleError::Character { character }),
        None => Ok(()),
    }
}

fn read_values(values: &[Option<&str>; PARTS.len()]) -> Result<Rule, RecurrenceRuleError> {
    let list = |index: usize, least: i32, greatest: i32, expected| match values[index] {
        None => Ok(Vec::new()),
        Some(text) => numbers(PARTS[index], text, least..=greatest, expected),
    };
    let one = |index: usize, expected| match values[index] {
        None => Ok(None),
        Some(text) => positive(PARTS[index], text, expected).map(Some),
    };
    Ok(Rule {
        frequency: frequency(values[0])?,
        interval: one(1, "a whole number from 1 to 99999")?.unwrap_or(1),
        count: one(2, "a whole number from 1 to 99999")?,
        until: values[3].map(until).transpose()?,
        weekdays: values[4].map_or(Ok(Vec::new()), weekdays)?,
        month_days: list(5, -31, 31, "1 to 31 or -31 to -1")?,
        months: list(6, 1, 12, "1 to 12")?,
        hours: list(7, 0, 23, "0 to 23")?,
        minutes: list(8, 0, 59, "0 to 59")?,
        seconds: list(9, 0, 59, "0 to 59")?,
        positions: list(10, -366, 366, "1 to 366 or -366 to -1")?,
        year_days: list(11, -366, 366, "1 to 366 or -366 to -1")?,
        weeks: list(12, -53, 53, "1 to 53 or -53 to -1")?,
        week_start: values[13].map_or(Ok(0), |text| weekday("WKST", text, text))?,
    })
}

fn frequency(value: Option<&str>) -> Result<Frequency, RecurrenceRuleError> {
    Ok(match value.ok_or(RecurrenceRuleError::NoFrequency)? {
        "YEARLY" => Frequency::Yearly,
        "MONTHLY" => Frequency::Monthly,
        "WEEKLY" => Frequency::Weekly,
        "DAILY" => Frequency::Daily,
        "HOURLY" => Frequency::Hourly,
        "MINUTELY" => return Err(RecurrenceRuleError::TooFrequent { value: "MINUTELY" }),
        "SECONDLY" => return Err(RecurrenceRuleError::TooFrequent { value: "SECONDLY" }),
        other => {
            return Err(RecurrenceRuleError::Frequency {
                value: other.to_owned(),
            });
        }
    })
}

fn positive(
    name: &'static str,
    text: &str,
    expected: &'static str,
) -> Result<u32, RecurrenceRuleError> {
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    match text.parse::<u32>() {
        Ok(number) if digits && (1..=99_999).contains(&number) => Ok(number),
        _ => Err(RecurrenceRuleError::Number {
            name,
            value: text.to_owned(),
            expected,
        }),
    }
}

fn numbers(
    name: &'static str,
    text: &str,
    range: std::ops::RangeInclusive<i32>,
    expected: &'static str,
) -> Result<Vec<i32>, RecurrenceRuleError> {
    // Zero counts nothing where the range runs through it.
    let allowed = |number: &i32| range.contains(number) && (*number != 0 || *range.start() == 0);
    text.split(',')
        .map(|part| {
            part.parse()
                .ok()
                .filter(allowed)
                .ok_or_else(|| RecurrenceRuleError::Number {
                    name,
                    value: part.to_owned(),
                    expected,
                })
        })
        .collect()
}

fn weekday(name: &'static str, letters: &str, text: &str) -> Result<u32, RecurrenceRuleError> {
    WEEKDAYS
        .iter()
        .position(|known| *known == letters)
        .map(|index| index as u32)
        .ok_or_else(|| RecurrenceRuleError::Weekday {
            name,
            value: text.to_owned(),
        })
}

fn weekdays(text: &str) -> Result<Vec<WeekdayNumber>, RecurrenceRuleError> {
    text.split(',')
        .map(|part| {
            let wrong = || RecurrenceRuleError::Weekday {
                name: "BYDAY",
                value: part.to_owned(),
            };
            let (number, letters) = part
                .len()
                .checked_sub(2)
                .and_then(|middle| part.split_at_checked(middle))
                .ok_or_else(wrong)?;
            let weekday = weekday("BYDAY", letters, part)?;
            let place = match number {
                "" => None,
                _ => Some(
                    number
                        .parse::<i32>()
                        .ok()
                        .filter(|place| *place != 0 && place.abs() <= 53)
                        .ok_or_else(wrong)?,
                ),
            };
            Ok(WeekdayNumber { weekday, place })
        })
        .collect()
}

fn until(text: &str) -> Result<(Day, u32, u32, u32), RecurrenceRuleError> {
    let wrong = || RecurrenceRuleError::Until {
        value: text.to_owned(),
    };
    let local = text.strip_suffix('Z').unwrap_or(text);
    let (date, time) = local.split_once('T').unwrap_or((local, "000000"));
    let digits = |text: &str, length: usize| {
        text.len() == length && text.bytes().all(|byte| byte.is_ascii_digit())
    };
    if !digits(date, 8) || !digits(time, 6) {
        return Err(wrong());
    }
    let number = |text: &str| text.parse::<u32>().map_err(|_| wrong());
    let day = Day::new(
        number(&date[..4])? as i32,
        number(&date[4..6])?,
        number(&date[6..])?,
    )
    .ok_or_else(wrong)?;
    let (hour, minute, second) = (
        number(&time[..2])?,
        number(&time[2..4])?,
        number(&time[4..])?,
    );
    if hour > 23 || minute > 59 || second > 59 {
        return Err(wrong());
    }
    if local.len() != text.len() {
        return Err(RecurrenceRuleError::UntilInUtc {
            value: text.to_owned(),
        });
    }
    Ok((day, hour, minute, second))
}

/// What RFC 5545 excludes (section 3.3.10), and what Prefect's library leaves out without a word.
fn check_combination(rule: &Rule, weekdays: Option<&str>) -> Result<(), RecurrenceRuleError> {
    let frequency = rule.frequency.name();
    if rule.count.is_some() && rule.until.is_some() {
        return Err(RecurrenceRuleError::CountAndUntil);
    }
    let numbered = rule
        .weekdays
        .iter()
        .filter(|day| day.place.is_some())
        .count();
    if numbered > 0 {
        let text = weekdays.unwrap_or_default();
        if rule.frequency > Frequency::Monthly || !rule.weeks.is_empty() {
            let value = text
                .split(',')
                .find(|part| part.len() > 2)
                .unwrap_or(text)
                .to_owned();
            return Err(RecurrenceRuleError::IgnoredNumber { value, frequency });
        }
        if numbered < rule.weekdays.len() {
            return Err(RecurrenceRuleError::MixedWeekdays {
                value: text.to_owned(),
            });
        }
    }
    let wrong = |name| Err(RecurrenceRuleError::WrongFrequency { name, frequency });
    if !rule.weeks.is_empty() && rule.frequency != Frequency::Yearly {
        return wrong("BYWEEKNO");
    }
    if !rule.year_days.is_empty()
        && !matches!(rule.frequency, Frequency::Yearly | Frequency::Hourly)
    {
        return wrong("BYYEARDAY");
    }
    if !rule.month_days.is_empty() && rule.frequency == Frequency::Weekly {
        return wrong("BYMONTHDAY");
    }
    if rule.frequency == Frequency::Hourly && !rule.hours.is_empty() && rule.interval > 1 {
        return Err(RecurrenceRuleError::HoursOfHours {
            interval: rule.interval,
        });
    }
    let lists = [
        &rule.month_days,
        &rule.months,
        &rule.hours,
        &rule.minutes,
        &rule.seconds,
        &rule.year_days,
        &rule.weeks,
    ];
    if !rule.positions.is_empty()
        && rule.weekdays.is_empty()
        && lists.iter().all(|list| list.is_empty())
    {
        return Err(RecurrenceRuleError::PositionAlone);
    }
    Ok(())
}

/// Days of the month that none of the named months has.
fn check_days(
    rule: &Rule,
    days: Option<&str>,
    months: Option<&str>,
) -> Result<(), RecurrenceRuleError> {
    let longest = |month: &i32| crate::calendar::days_in_month(2000, *month as u32) as i32;
    let length = rule.months.iter().map(longest).max().unwrap_or(31);
    if !rule.month_days.is_empty() && rule.month_days.iter().all(|day| day.abs() > length) {
        return Err(RecurrenceRuleError::NeverFires {
            days: format!("`BYMONTHDAY={}`", days.unwrap_or_default()),
            months: format!("`BYMONTH={}`", months.unwrap_or_default()),
        });
    }
    Ok(())
}
