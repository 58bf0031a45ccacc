//! The dates of a recurrence rule in local time, as dateutil, the library inside Prefect, counts them.

use super::parse::{Frequency, Rule};
use crate::calendar::{Day, days_in_month, days_in_year};
use std::collections::VecDeque;

/// A second of local time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct LocalSecond {
    pub(crate) day: Day,
    pub(crate) hour: u32,
    pub(crate) minute: u32,
    pub(crate) second: u32,
}

/// An endless rule is cut off here: in the last year that dates can tell.
const LAST_YEAR: i32 = 9999;

/// The occurrences of a rule from its start on, in order.
pub(crate) struct Occurrences {
    rule: Rule,
    start: LocalSecond,
    /// The first day of the current period, and its hour for an hourly rule.
    period: (Day, u32),
    found: VecDeque<LocalSecond>,
    left: Option<u32>,
    until_year: i32,
    done: bool,
}

impl Occurrences {
    /// The occurrences up to the end of a year.
    pub(crate) fn new(mut rule: Rule, start: LocalSecond, until_year: i32) -> Self {
        fill_from_start(&mut rule, start);
        let left = rule.count;
        let until_year = until_year.min(LAST_YEAR);
        Self {
            rule,
            start,
            period: (start.day, start.hour),
            found: VecDeque::new(),
            left,
            until_year,
            done: false,
        }
    }

    /// Leaves out occurrences before a time, without reading their periods; some may remain. A rule that counts its
    /// occurrences has to read them all.
    #[cfg(any(feature = "fires", test))]
    pub(crate) fn skip_to(mut self, earliest: LocalSecond) -> Self {
        if self.left.is_some() || earliest <= self.start {
            return self;
        }
        let (from, to) = (self.start.day, earliest.day);
        let interval = i64::from(self.rule.interval);
        // One interval less, since a period begins before its occurrences.
        let whole = |distance: i64| (distance / interval - 1).max(0) * interval;
        let days = to.number() - from.number();
        self.period = match self.rule.frequency {
            Frequency::Yearly => match whole(i64::from(to.year - from.year)) {
                0 => self.period,
                years => {
                    let january = Day {
                        year: from.year + years as i32,
                        month: 1,
                        day: 1,
                    };
                    (january, self.start.hour)
                }
            },
            Frequency::Monthly => {
                let months = i64::from(to.year - from.year) * 12
                    + (i64::from(to.month) - i64::from(from.month));
                match whole(months) {
                    0 => self.period,
                    months => (from.first_of_month_after(months as u32), self.start.hour),
                }
            }
            Frequency::Weekly => match whole(days / 7) {
                0 => self.period,
                weeks => {
                    let back = self.days_into_week(from);
                    (from.plus_days(weeks * 7 - back), self.start.hour)
                }
            },
            Frequency::Daily => (from.plus_days(whole(days)), self.start.hour),
            Frequency::Hourly => {
                let hours = days * 24 + i64::from(earliest.hour) - i64::from(self.start.hour);
                self.hours_after(from, self.start.hour, whole(hours))
            }
        };
        self
    }

    fn days_into_week(&self, day: Day) -> i64 {
        i64::from((weekday(day) + 7 - self.rule.week_start) % 7)
    }

    fn hours_after(&self, day: Day, hour: u32, hours: i64) -> (Day, u32) {
        let sum = i64::from(hour) + hours;
        (day.plus_days(sum / 24), (sum % 24) as u32)
    }

    /// Skips the rest of a day on which an hourly rule has no occurrence; whether there was one to skip.
    fn skip_day(&mut self) -> bool {
        let (day, hour) = self.period;
        if self.rule.frequency != Frequency::Hourly || matches(&self.rule, day) {
            return false;
        }
        let interval = self.rule.interval;
        let intervals = (24 - hour).div_ceil(interval);
        self.period = self.hours_after(day, hour, i64::from(intervals) * i64::from(interval));
        true
    }

    fn read_period(&mut self) {
        let (day, hour) = self.period;
        let days: Vec<Day> = period_days(&self.rule, day)
            .into_iter()
            .filter(|day| matches(&self.rule, *day))
            .collect();
        let hours = match self.rule.frequency {
            Frequency::Hourly
                if self.rule.hours.is_empty() || self.rule.hours.contains(&(hour as i32)) =>
            {
                vec![hour as i32]
            }
            Frequency::Hourly => Vec::new(),
            _ => self.rule.hours.clone(),
        };
        let mut all = Vec::new();
        for day in days {
            for &hour in &hours {
                for &minute in &self.rule.minutes {
                    for &second in &self.rule.seconds {
                        let (hour, minute, second) = (hour as u32, minute as u32, second as u32);
                        all.push(LocalSecond {
                            day,
                            hour,
                            minute,
                            second,
                        });
                    }
                }
            }
        }
        all.sort_unstable();
        all.dedup();
        self.found = choose(&self.rule.positions, all).into();
    }

    fn advance(&mut self) {
        let (day, hour) = self.period;
        let interval = self.rule.interval;
        self.period = match self.rule.frequency {
            Frequency::Yearly => (
                Day {
                    year: day.year + interval as i32,
                    month: 1,
                    day: 1,
                },
                hour,
            ),
            Frequency::Monthly => (day.first_of_month_after(interval), hour),
            Frequency::Weekly => {
                let back = self.days_into_week(day);
                (day.plus_days(i64::from(interval) * 7 - back), hour)
            }
            Frequency::Daily => (day.plus_days(i64::from(interval)), hour),
            Frequency::Hourly => self.hours_after(day, hour, i64::from(interval)),
        };
    }
}

impl Iterator for Occurrences {
    type Item = LocalSecond;

    fn next(&mut self) -> Option<LocalSecond> {
        while !self.done {
            let Some(found) = self.found.pop_front() else {
                if self.period.0.year > self.until_year {
                    break;
                }
                if self.skip_day() {
                    continue;
                }
                self.read_period();
                self.advance();
                continue;
            };
            if found < self.start {
                continue;
            }
            let until = self
                .rule
                .until
                .map(|(day, hour, minute, second)| LocalSecond {
                    day,
                    hour,
                    minute,
                    second,
                });
            if self.left == Some(0) || until.is_some_and(|until| found > until) {
                self.done = true;
                return None;
            }
            self.left = self.left.map(|left| left - 1);
            return Some(found);
        }
        None
    }
}

/// What a rule leaves open comes from its start: RFC 5545, section 3.3.10.
fn fill_from_start(rule: &mut Rule, start: LocalSecond) {
    let days_given = !(rule.weeks.is_empty()
        && rule.year_days.is_empty()
        && rule.month_days.is_empty()
        && rule.weekdays.is_empty());
    if !days_given {
        match rule.frequency {
            Frequency::Yearly => {
                if rule.months.is_empty() {
                    rule.months.push(start.day.month as i32);
                }
                rule.month_days.push(start.day.day as i32);
            }
            Frequency::Monthly => rule.month_days.push(start.day.day as i32),
            Frequency::Weekly => {
                rule.weekdays.push(super::parse::WeekdayNumber {
                    weekday: weekday(start.day),
                    place: None,
                });
            }
            Frequency::Daily | Frequency::Hourly => {}
        }
    }
    if rule.hours.is_empty() && rule.frequency != Frequency::Hourly {
        rule.hours.push(start.hour as i32);
    }
    if rule.minutes.is_empty() {
        rule.minutes.push(start.minute as i32);
    }
    if rule.seconds.is_empty() {
        rule.seconds.push(start.second as i32);
    }
}

/// From Monday, 0.
fn weekday(day: Day) -> u32 {
    (day.weekday_from_sunday() + 6) % 7
}

fn period_days(rule: &Rule, day: Day) -> Vec<Day> {
    let first = day.number();
    let length = match rule.frequency {
        Frequency::Yearly => {
            let january = Day {
                month: 1,
                day: 1,
                ..day
            };
            return (0..days_in_year(day.year))
                .map(|days| january.plus_days(i64::from(days)))
                .collect();
        }
        Frequency::Monthly => {
            return (1..=days_in_month(day.year, day.month))
                .map(|number| Day { day: number, ..day })
                .collect();
        }
        // The week may have begun before the start.
        Frequency::Weekly => 7 - (weekday(day) + 7 - rule.week_start) % 7,
        Frequency::Daily | Frequency::Hourly => 1,
    };
    (0..i64::from(length))
        .map(|days| Day::from_number(first + days))
        .collect()
}

fn matches(rule: &Rule, day: Day) -> bool {
    let month_length = days_in_month(day.year, day.month) as i32;
    let year_length = days_in_year(day.year) as i32;
    let month_day = day.day as i32;
    let year_day = (day.number()
        - Day {
            month: 1,
            day: 1,
            ..day
        }
        .number()) as i32
        + 1;
    let either = |list: &[i32], number: i32, length: i32| {
        list.is_empty() || list.contains(&number) || list.contains(&(number - length - 1))
    };
    (rule.months.is_empty() || rule.months.contains(&(day.month as i32)))
        && either(&rule.month_days, month_day, month_length)
        && either(&rule.year_days, year_day, year_length)
        && (rule.weeks.is_empty() || in_weeks(rule, day))
        && (rule.weekdays.is_empty()
            || on_weekdays(
                rule,
                day,
                (month_day, month_length),
                (year_day, year_length),
            ))
}

fn on_weekdays(rule: &Rule, day: Day, month: (i32, i32), year: (i32, i32)) -> bool {
    // A yearly rule counts weekdays in its months if it names any, else in the year.
    let whole_year = rule.frequency == Frequency::Yearly && rule.months.is_empty();
    let (number, length) = if whole_year { year } else { month };
    let place = (number - 1) / 7 + 1;
    let place_from_end = -((length - number) / 7 + 1);
    rule.weekdays.iter().any(|wanted| {
        wanted.weekday == weekday(day)
            && wanted
                .place
                .is_none_or(|wanted| wanted == place || wanted == place_from_end)
    })
}

/// Weeks belong to the year that has at least four of their days.
fn in_weeks(rule: &Rule, day: Day) -> bool {
    let first_day = day.plus_days(-i64::from((weekday(day) + 7 - rule.week_start) % 7));
    let year = first_day.plus_days(3).year;
    let first_week = first_week_of(year, rule.week_start);
    let week = ((first_day.number() - first_week) / 7) as i32 + 1;
    let weeks = ((first_week_of(year + 1, rule.week_start) - first_week) / 7) as i32;
    rule.weeks.contains(&week) || rule.weeks.contains(&(week - weeks - 1))
}

fn first_week_of(year: i32, week_start: u32) -> i64 {
    let fourth = Day {
        year,
        month: 1,
        day: 4,
    };
    fourth.number() - i64::from((weekday(fourth) + 7 - week_start) % 7)
}

/// Keeps the given places of a period's dates, from the end if negative; all of them if no place is given.
fn choose(positions: &[i32], all: Vec<LocalSecond>) -> Vec<LocalSecond> {
    if positions.is_empty() {
        return all;
    }
    let length = all.len() as i32;
    let mut chosen: Vec<LocalSecond> = positions
        .iter()
        .map(|position| {
            if *position > 0 {
                position - 1
            } else {
                length + position
            }
        })
        .filter_map(|index| {
            usize::try_from(index)
                .ok()
                .and_then(|index| all.get(index).copied())
        })
        .collect();
    chosen.sort_unstable();
    chosen.dedup();
    chosen
}

#[cfg(test)]
mod tests {
    use super::super::parse::parse;
    use super::*;

    fn second(year: i32, month: u32, day: u32, hour: u32) -> LocalSecond {
        LocalSecond {
            day: Day { year, month, day },
            hour,
            minute: 30,
            second: 0,
        }
    }

    #[test]
    fn skipping_changes_no_occurrence_that_is_left() {
        let start = second(1996, 2, 29, 17);
        for rule in [
            "FREQ=HOURLY",
            "FREQ=HOURLY;INTERVAL=7",
            "FREQ=HOURLY;INTERVAL=50",
            "FREQ=HOURLY;BYDAY=MO,TU;BYHOUR=3,9",
            "FREQ=HOURLY;INTERVAL=5;BYMONTH=2,8",
            "FREQ=DAILY",
            "FREQ=DAILY;INTERVAL=9;BYHOUR=3,21",
            "FREQ=WEEKLY",
            "FREQ=WEEKLY;INTERVAL=3;BYDAY=SU,WE;WKST=SU",
            "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,SU;BYSETPOS=-1",
            "FREQ=MONTHLY;BYDAY=-1FR",
            "FREQ=MONTHLY;INTERVAL=5;BYMONTHDAY=29,31",
            "FREQ=YEARLY",
            "FREQ=YEARLY;INTERVAL=3;BYDAY=MO;BYMONTH=3,11",
            "FREQ=YEARLY;BYWEEKNO=1,53;BYDAY=MO",
            "FREQ=DAILY;COUNT=40",
            "FREQ=HOURLY;UNTIL=20010101T000000",
        ] {
            let all = |rule: &str| Occurrences::new(parse(rule).expect(rule), start, 2004);
            for earliest in [
                second(1990, 1, 1, 0),
                second(1996, 2, 29, 18),
                second(1996, 3, 7, 3),
                second(1999, 12, 31, 23),
                second(2000, 2, 29, 0),
                second(2003, 6, 15, 12),
            ] {
                let plain: Vec<_> = all(rule).filter(|found| *found >= earliest).collect();
                let skipped = all(rule).skip_to(earliest);
                let skipped: Vec<_> = skipped.filter(|found| *found >= earliest).collect();
                assert!(plain == skipped, "{rule} from {earliest:?}");
            }
        }
    }

    /// Whether little is read of what lies before a time.
    #[test]
    fn an_old_start_costs_nothing() {
        for rule in [
            "FREQ=HOURLY",
            "FREQ=HOURLY;INTERVAL=5",
            "FREQ=DAILY",
            "FREQ=WEEKLY",
        ] {
            let all = Occurrences::new(parse(rule).expect(rule), second(1970, 1, 1, 0), 2040);
            let before = all
                .skip_to(second(2026, 11, 26, 12))
                .take_while(|found| *found < second(2026, 11, 26, 12));
            assert!(before.count() < 3, "{rule}");
        }
    }
}
