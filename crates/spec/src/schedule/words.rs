use super::Schedule;

impl Schedule {
    /// The schedule in short English, `at 06:00, Monday to Friday (Europe/Oslo)`; the expression itself if that is too much.
    #[must_use]
    pub fn in_words(&self) -> String {
        let words = match self {
            Self::Cron { expression, .. } => format!("cron `{expression}`"),
            Self::Interval { every, .. } => format!("every {every}"),
            Self::Rrule { rule, .. } => format!("rrule `{rule}`"),
        };
        match self.timezone() {
            Some(zone) => format!("{words} ({zone})"),
            None => words,
        }
    }
}
