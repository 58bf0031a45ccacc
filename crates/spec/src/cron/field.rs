use std::fmt;

/// The five fields of a cron expression, in their order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CronField {
    /// 0 to 59.
    Minute,
    /// 0 to 23.
    Hour,
    /// 1 to 31, `L` for the last.
    DayOfMonth,
    /// 1 to 12 or names.
    Month,
    /// 0, Sunday, to 6 or names; 7 is Sunday too.
    DayOfWeek,
}

impl CronField {
    pub(super) const ALL: [Self; 5] = [
        Self::Minute,
        Self::Hour,
        Self::DayOfMonth,
        Self::Month,
        Self::DayOfWeek,
    ];

    /// The least and the greatest value that the field takes; 7 is a second name of Sunday.
    pub(super) const fn bounds(self) -> (u32, u32) {
        match self {
            Self::Minute => (0, 59),
            Self::Hour => (0, 23),
            Self::DayOfMonth => (1, 31),
            Self::Month => (1, 12),
            Self::DayOfWeek => (0, 7),
        }
    }

    /// How many values a full field holds; a full list counts as `*`.
    pub(super) const fn size(self) -> usize {
        match self {
            Self::Minute => 60,
            Self::Hour => 24,
            Self::DayOfMonth => 31,
            Self::Month => 12,
            Self::DayOfWeek => 7,
        }
    }

    /// Three-letter names with the value of the first.
    pub(super) const fn names(self) -> (u32, &'static [&'static str]) {
        match self {
            Self::Month => (
                1,
                &[
                    "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov",
                    "dec",
                ],
            ),
            Self::DayOfWeek => (0, &["sun", "mon", "tue", "wed", "thu", "fri", "sat"]),
            _ => (0, &[]),
        }
    }

    pub(super) fn is_day(self) -> bool {
        matches!(self, Self::DayOfMonth | Self::DayOfWeek)
    }
}

impl fmt::Display for CronField {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Minute => "minute",
            Self::Hour => "hour",
            Self::DayOfMonth => "day-of-month",
            Self::Month => "month",
            Self::DayOfWeek => "day-of-week",
        })
    }
}
