//! A cron expression taken apart, and the minutes that it names.

use super::field::CronField;
use crate::calendar::{Day, days_in_month};

/// The values of one field.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Values {
    /// `*`: every value.
    pub(crate) any: bool,
    /// `L` in the day of the month.
    pub(crate) last: bool,
    /// The single values, sorted.
    pub(crate) list: Vec<u32>,
}

/// A weekday with its place in the month.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Nth {
    /// 0 for Sunday.
    pub(crate) weekday: u32,
    /// 1 to 5, or nothing for the last one.
    pub(crate) place: Option<u32>,
}

/// How a day of the month that the current month lacks is passed over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum MissingDays {
    /// The ordinary reading, and that of Prefect 2.20.
    Skipped,
    /// Prefect 3.8 counts on to the 31st of a shorter month and lands after the next month's first days.
    Counted,
}

/// The parsed expression.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Fields {
    pub(crate) texts: Vec<String>,
    pub(crate) minutes: Values,
    pub(crate) hours: Values,
    pub(crate) days: Values,
    pub(crate) months: Values,
    pub(crate) weekdays: Values,
    pub(crate) nth: Vec<Nth>,
}

/// A minute of local time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Minute {
    pub(crate) day: Day,
    pub(crate) hour: u32,
    pub(crate) minute: u32,
}

impl Minute {
    fn start_of(day: Day) -> Self {
        Self {
            day,
            hour: 0,
            minute: 0,
        }
    }

    fn plus_hours(self, hours: u32) -> Self {
        let sum = self.hour + hours;
        Self {
            day: self.day.plus_days(i64::from(sum / 24)),
            hour: sum % 24,
            minute: 0,
        }
    }

    /// The minute that comes so many minutes later.
    pub(crate) fn plus_minutes(self, minutes: u32) -> Self {
        let sum = self.minute + minutes;
        let hour = self.hour + sum / 60;
        Self {
            day: self.day.plus_days(i64::from(hour / 24)),
            hour: hour % 24,
            minute: sum % 60,
        }
    }
}

// Prefect's own limit: it looks no further for the next minute.
const YEARS: i32 = 50;

#[derive(Clone, Copy, PartialEq, Eq)]
enum DayRule {
    Both,
    OfMonthAlone,
    OfWeekAlone,
}

impl Fields {
    pub(super) fn values_mut(&mut self, field: CronField) -> &mut Values {
        match field {
            CronField::Minute => &mut self.minutes,
            CronField::Hour => &mut self.hours,
            CronField::DayOfMonth => &mut self.days,
            CronField::Month => &mut self.months,
            CronField::DayOfWeek => &mut self.weekdays,
        }
    }

    /// Whether both day fields restrict the day.
    pub(crate) fn has_both_days(&self) -> bool {
        !self.days.any && !self.weekdays.any
    }

    /// The first minute after the given one; nothing if Prefect finds none within fifty years.
    ///
    /// With `day_or`, one of the two day fields suffices, but Prefect gives up as soon as either of them can't be met.
    pub(crate) fn next_after(
        &self,
        minute: Minute,
        day_or: bool,
        missing: MissingDays,
    ) -> Option<Minute> {
        if day_or && self.has_both_days() {
            let by_month = self.search(minute, DayRule::OfMonthAlone, missing)?;
            let by_week = self.search(minute, DayRule::OfWeekAlone, missing)?;
            return Some(by_month.min(by_week));
        }
        self.search(minute, DayRule::Both, missing)
    }

    fn search(&self, after: Minute, rule: DayRule, missing: MissingDays) -> Option<Minute> {
        let mut at = after.plus_minutes(1);
        let first_year = at.day.year;
        while at.day.year - first_year <= YEARS {
            match self.step(at, rule, missing) {
                None => return Some(at),
                Some(later) => at = later,
            }
        }
        None
    }

    /// The next candidate after one that a field refuses, or nothing if all fields agree.
    fn step(&self, at: Minute, rule: DayRule, missing: MissingDays) -> Option<Minute> {
        let wait = ahead(&self.months, at.day.month, 12);
        if wait > 0 {
            return Some(Minute::start_of(at.day.first_of_month_after(wait)));
        }
        if rule != DayRule::OfWeekAlone {
            let wait = self.days_ahead(at.day, missing);
            if wait > 0 {
                return Some(Minute::start_of(at.day.plus_days(i64::from(wait))));
            }
        }
        // The places in the month count even where the plain weekdays are left out of the question: so does Prefect.
        let wait = if !self.nth.is_empty() {
            self.nth_ahead(at.day)
        } else if rule == DayRule::OfMonthAlone {
            0
        } else {
            ahead(&self.weekdays, at.day.weekday_from_sunday(), 7)
        };
        if wait > 0 {
            return Some(Minute::start_of(at.day.plus_days(i64::from(wait))));
        }
        let wait = ahead(&self.hours, at.hour, 24);
        if wait > 0 {
            return Some(at.plus_hours(wait));
        }
        let wait = ahead(&self.minutes, at.minute, 60);
        (wait > 0).then(|| at.plus_minutes(wait))
    }

    fn days_ahead(&self, day: Day, missing: MissingDays) -> u32 {
        let length = days_in_month(day.year, day.month);
        if self.days.any || (self.days.last && day.day == length) {
            return 0;
        }
        let exists = |value: &&u32| missing == MissingDays::Counted || **value <= length;
        let listed = self
            .days
            .list
            .iter()
            .filter(exists)
            .find(|value| **value >= day.day);
        match (listed, self.days.last) {
            (Some(value), _) => value - day.day,
            (None, true) => length - day.day,
            (None, false) => self.days.list.first().copied().unwrap_or(1) + length - day.day,
        }
    }

    fn nth_ahead(&self, day: Day) -> u32 {
        let length = days_in_month(day.year, day.month);
        let first = Day { day: 1, ..day }.weekday_from_sunday();
        let day_of = |nth: &Nth| {
            let earliest = 1 + (nth.weekday + 7 - first) % 7;
            match nth.place {
                Some(place) => earliest + 7 * (place - 1),
                None => earliest + (length - earliest) / 7 * 7,
            }
        };
        let candidates = self
            .nth
            .iter()
            .map(day_of)
            .filter(|found| *found <= length && *found >= day.day);
        match candidates.min() {
            Some(found) => found - day.day,
            None => length - day.day + 1,
        }
    }
}

/// How far it is from a value to the next one of the field, past the end of a cycle of the given length if need be.
fn ahead(values: &Values, from: u32, cycle: u32) -> u32 {
    if values.any {
        return 0;
    }
    match values.list.iter().find(|value| **value >= from) {
        Some(value) => value - from,
        None => values.list.first().copied().unwrap_or(from) + cycle - from,
    }
}
