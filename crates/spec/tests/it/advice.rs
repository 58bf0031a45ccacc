//! Advice is taken: whatever a `help: write ...` proposes for the whole text is accepted, or at least not refused for the
//! same reason.

use std::error::Error;
use std::str::FromStr;

use longshore_spec::{
    CronExpression, EnvironmentVariableName, Explain, FlowPath, FlowPlace, ImageReference,
    ParameterName, RecurrenceRule, Slug, TimeZone,
};

/// A small generator with a fixed seed, so that a failure comes again.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        usize::try_from(self.0 >> 33).unwrap_or_default() % limit
    }
}

/// What slips into a text, or takes the place of a part of it.
const SLIPS: [&str; 20] = [
    "", " ", ", ", ",", "/", "-", "0", "15", "99", "*", "?", "L", "MON", "x", "X", ":", "..", "é",
    "_", "\\",
];

fn mistake(text: &str, random: &mut Random) -> String {
    let mut characters: Vec<char> = text.chars().collect();
    for _ in 0..=random.below(2) {
        let at = random.below(characters.len() + 1);
        let end = (at + random.below(3)).min(characters.len());
        let slip = SLIPS[random.below(SLIPS.len())].chars();
        characters.splice(at..end, slip);
    }
    characters.into_iter().collect()
}

/// The text that a help proposes, if it proposes nothing else.
fn proposal(help: &str) -> Option<&str> {
    let text = help.strip_prefix("write `")?.strip_suffix('`')?;
    (!text.contains('`')).then_some(text)
}

/// Makes mistakes in correct texts and takes the advice; a proposal stands for the whole text, or for a part of it that
/// the error names.
fn take<T: FromStr<Err = E>, E: Error + Explain + PartialEq>(what: &str, correct: &[&str]) {
    let mut random = Random(7);
    let mut taken = 0;
    for round in 0..400 {
        let text = mistake(correct[round % correct.len()], &mut random);
        let Err(error) = text.parse::<T>() else {
            continue;
        };
        let help = error.help().unwrap_or_default();
        let Some(proposed) = proposal(&help) else {
            continue;
        };
        taken += 1;
        let message = error.to_string();
        let named = message.split('`').skip(1).step_by(2);
        let mut applied = named
            .filter(|part| !part.is_empty() && text.contains(part))
            .map(|part| text.replacen(part, proposed, 1))
            .chain([proposed.to_owned()]);
        let helped = applied.any(|applied| match applied.parse::<T>() {
            Ok(_) => true,
            // Another mistake of the same text comes next.
            Err(next) => next != error && applied != text,
        });
        assert!(helped, "{what}: `{text}`: {message}; help: {help}");
    }
    assert!(taken > 3, "{what}: only {taken} proposals");
}

#[test]
fn advice_is_accepted() {
    take::<CronExpression, _>(
        "cron",
        &[
            "0 6 * * MON-FRI",
            "*/15 8,18 1 JAN *",
            "0 0 L * *",
            "@daily",
        ],
    );
    take::<TimeZone, _>("zone", &["Europe/Oslo", "America/New_York", "UTC"]);
    take::<ImageReference, _>(
        "image",
        &["ghcr.io/acme/flows:1.4.0", "localhost:5000/flows"],
    );
    take::<FlowPath, _>("path", &["projects/finance/daily_report", "flows"]);
    take::<Slug, _>("slug", &["main", "every-hour"]);
    take::<ParameterName, _>("parameter", &["region", "max_rows"]);
    take::<FlowPlace, _>("place", &["finance/daily_report"]);
    take::<EnvironmentVariableName, _>("variable", &["DB_PASSWORD", "REGION"]);
    take::<RecurrenceRule, _>(
        "rrule",
        &[
            "FREQ=DAILY;BYHOUR=6",
            "FREQ=WEEKLY;BYDAY=MO,WE;UNTIL=20301231T235959",
        ],
    );
}

#[test]
fn a_blank_beside_a_comma_is_not_taken_for_seconds() {
    for (text, expected) in [
        ("0 6, 18 * * *", Some("0 6,18 * * *")),
        ("0 6 ,18 * * *", Some("0 6,18 * * *")),
        ("0 0 6 * * MON-FRI", Some("0 6 * * MON-FRI")),
        ("0 0 6 * * * *", Some("0 6 * * *")),
        // Without its first field the rest is no expression.
        ("0 0 * * * 15", None),
    ] {
        let error = text.parse::<CronExpression>().expect_err(text);
        let help = error.help().expect("a help");
        assert_eq!(proposal(&help), expected, "{text}: {help}");
    }
}
