//! The few facts of the Gregorian calendar that rules need; no dependency, since the macro crate compiles this.

/// A day that exists.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Day {
    pub(crate) year: i32,
    pub(crate) month: u32,
    pub(crate) day: u32,
}

impl Day {
    pub(crate) fn new(year: i32, month: u32, day: u32) -> Option<Self> {
        let exists = (1..=12).contains(&month) && day >= 1 && day <= days_in_month(year, month);
        exists.then_some(Self { year, month, day })
    }

    /// 0 for Sunday to 6 for Saturday, as cron counts.
    pub(crate) fn weekday_from_sunday(self) -> u32 {
        // Zeller's congruence with January and February counted to the year before.
        let (year, month) = if self.month < 3 {
            (self.year - 1, self.month + 12)
        } else {
            (self.year, self.month)
        };
        let shift = (13 * (month as i32 + 1)) / 5;
        let saturday_based = self.day as i32 + shift + year + year.div_euclid(4)
            - year.div_euclid(100)
            + year.div_euclid(400);
        ((saturday_based + 6).rem_euclid(7)) as u32
    }
}

pub(crate) fn is_leap(year: i32) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

pub(crate) fn days_in_month(year: i32, month: u32) -> u32 {
    match month {
        2 => 28 + u32::from(is_leap(year)),
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

pub(crate) fn days_in_year(year: i32) -> u32 {
    365 + u32::from(is_leap(year))
}

/// Days since 1970-01-01; the count of days makes sums over month ends plain.
impl Day {
    pub(crate) fn number(self) -> i64 {
        let year = i64::from(if self.month <= 2 {
            self.year - 1
        } else {
            self.year
        });
        let era = year.div_euclid(400);
        let year_of_era = year.rem_euclid(400);
        let month_from_march = i64::from((self.month + 9) % 12);
        let day_of_year = (153 * month_from_march + 2) / 5 + i64::from(self.day) - 1;
        era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year
            - 719_468
    }

    pub(crate) fn from_number(number: i64) -> Self {
        let shifted = number + 719_468;
        let era = shifted.div_euclid(146_097);
        let day_of_era = shifted.rem_euclid(146_097);
        let year_of_era =
            (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let month_from_march = (5 * day_of_year + 2) / 153;
        let month = if month_from_march < 10 {
            month_from_march + 3
        } else {
            month_from_march - 9
        };
        let year = year_of_era + era * 400 + i64::from(month <= 2);
        let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
        Self {
            year: year as i32,
            month: month as u32,
            day: day as u32,
        }
    }

    pub(crate) fn plus_days(self, days: i64) -> Self {
        Self::from_number(self.number() + days)
    }

    /// The first day of the month that comes so many months later.
    pub(crate) fn first_of_month_after(self, months: u32) -> Self {
        let count = self.month - 1 + months;
        Self {
            year: self.year + (count / 12) as i32,
            month: count % 12 + 1,
            day: 1,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_and_their_numbers_agree_over_eight_centuries() {
        let mut day = Day {
            year: 1800,
            month: 1,
            day: 1,
        };
        let mut number = day.number();
        let mut weekday = day.weekday_from_sunday();
        assert_eq!((number, weekday), (-62_091, 3));
        while day.year < 2600 {
            assert_eq!(Day::from_number(number), day);
            assert_eq!(
                (day.number(), day.weekday_from_sunday()),
                (number, weekday),
                "{day:?}"
            );
            day = Day::new(day.year, day.month, day.day + 1)
                .unwrap_or_else(|| day.first_of_month_after(1));
            number += 1;
            weekday = (weekday + 1) % 7;
        }
    }
}
