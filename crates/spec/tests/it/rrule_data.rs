use crate::prefect_data::{dates, our_dates, rrule_interval, start};
use longshore_spec::{Interval, RecurrenceRule, Schedule};

/// What Prefect takes and we do not.
const TRAPS: [&str; 17] = [
    r"FREQ=DAILY;COUNT=0 | rrule COUNT: `0` is not allowed",
    r"FREQ=DAILY;UNTIL=20200101T000000Z | rrule UNTIL: `20200101T000000Z` is in UTC, the rule's start is in local time, and Prefect then finds no dates at all",
    r"FREQ=DAILY;UNTIL=20300101T000000Z | rrule UNTIL: `20300101T000000Z` is in UTC, the rule's start is in local time, and Prefect then finds no dates at all",
    r"FREQ=MONTHLY;BYMONTHDAY=30;BYMONTH=2 | rrule: no day is `BYMONTHDAY=30` of `BYMONTH=2`, so this schedule never fires",
    r"FREQ=DAILY;INTERVAL=0 | rrule INTERVAL: `0` is not allowed",
    r"FREQ=DAILY;INTERVAL=-1 | rrule INTERVAL: `-1` is not allowed",
    r"FREQ=MONTHLY;BYMONTHDAY=32 | rrule BYMONTHDAY: `32` is not allowed",
    r"DTSTART:20260101T060000\nRRULE:FREQ=DAILY | rrule: `DTSTART` can't be part of it",
    r"DTSTART;TZID=Europe/Oslo:20260101T060000\nRRULE:FREQ=DAILY | rrule: `DTSTART` can't be part of it",
    r"DTSTART:20260101T060000Z\nRRULE:FREQ=WEEKLY;BYDAY=SU;COUNT=60 | rrule: `DTSTART` can't be part of it",
    r"DTSTART:20260101T060000\nRRULE:FREQ=DAILY\nEXDATE:20260330T060000 | rrule: `DTSTART` can't be part of it",
    r"DTSTART:20260101T060000\nRRULE:FREQ=DAILY\nEXRULE:FREQ=WEEKLY;BYDAY=SA,SU | rrule: `DTSTART` can't be part of it",
    r"DTSTART:20260101T060000\nRRULE:FREQ=MONTHLY;BYMONTHDAY=1\nRRULE:FREQ=MONTHLY;BYMONTHDAY=15 | rrule: `DTSTART` can't be part of it",
    r"DTSTART:20260101T023000\nRRULE:FREQ=DAILY | rrule: `DTSTART` can't be part of it",
    r"DTSTART:20260101T013000\nRRULE:FREQ=DAILY | rrule: `DTSTART` can't be part of it",
    r"FREQ=DAILY;BYDAY=1MO | rrule BYDAY: the number in `1MO` is ignored with `FREQ=DAILY`",
    r"FREQ=YEARLY;BYEASTER=0 | rrule: `BYEASTER` is not part of RFC 5545",
];

#[test]
fn rules_are_judged_and_fire_as_measured() {
    let data = rrule_interval();
    let mut refused = Vec::new();
    let mut compared = 0;
    for row in data["rrule"].as_array().expect("rules") {
        let text = row["rrule"].as_str().expect("rule");
        let accepted = row["accepted"]["3.8.8"] == true && row["accepted"]["2.20.26"] == true;
        let rule = match text.parse::<RecurrenceRule>() {
            Ok(rule) => rule,
            Err(error) => {
                if accepted {
                    refused.push(format!("{} | {error}", text.escape_debug()));
                }
                continue;
            }
        };
        assert!(accepted, "{text} is taken by us alone");
        for (key, fires) in row["next_fires_utc_by_start_and_timezone"]
            .as_object()
            .expect("starts")
        {
            let (from, zone) = key.split_once('|').expect("start and zone");
            let schedule = Schedule::Rrule {
                rule: rule.clone(),
                start: None,
                timezone: Some(zone.parse().expect("zone")),
            };
            let (three, two) = (dates(fires, "3.8.8"), dates(fires, "2.20.26"));
            assert_eq!(three, two, "{text} from {key}");
            assert_eq!(
                our_dates(&schedule, start(from), 6),
                three,
                "{text} from {key}"
            );
            compared += 1;
        }
    }
    assert_eq!(compared, 51);
    assert_eq!(refused, TRAPS);
}

#[test]
fn rules_with_an_embedded_start_fire_as_measured_when_the_start_is_given_apart() {
    let data = rrule_interval();
    let mut compared = 0;
    for row in data["rrule"].as_array().expect("rules") {
        let text = row["rrule"].as_str().expect("rule");
        let lines: Vec<&str> = text.lines().collect();
        let [first, rule] = lines.as_slice() else {
            continue;
        };
        let basic = first
            .rsplit(':')
            .next()
            .expect("start")
            .trim_end_matches('Z');
        let written = format!(
            "{}-{}-{}:{}:{}",
            &basic[..4],
            &basic[4..6],
            &basic[6..11],
            &basic[11..13],
            &basic[13..]
        );
        for (key, fires) in row["next_fires_utc_by_start_and_timezone"]
            .as_object()
            .expect("starts")
        {
            let (from, zone) = key.split_once('|').expect("start and zone");
            let schedule = Schedule::Rrule {
                rule: rule.parse().expect("rule"),
                start: Some(written.parse().expect("start")),
                timezone: Some(zone.parse().expect("zone")),
            };
            assert_eq!(
                our_dates(&schedule, start(from), 6),
                dates(fires, "3.8.8"),
                "{text} from {key}"
            );
            compared += 1;
        }
    }
    assert_eq!(compared, 15);
}

#[test]
fn intervals_fire_as_measured() {
    let data = rrule_interval();
    let mut compared = 0;
    for row in data["interval"].as_array().expect("intervals") {
        let seconds = row["interval_seconds"].as_u64().expect("seconds");
        let schedule = Schedule::Interval {
            every: format!("{seconds}s").parse::<Interval>().expect("interval"),
            anchor: Some(
                row["anchor_date"]
                    .as_str()
                    .expect("anchor")
                    .replace("+00:00", "Z")
                    .parse()
                    .expect("anchor"),
            ),
            timezone: Some(
                row["timezone"]
                    .as_str()
                    .expect("zone")
                    .parse()
                    .expect("zone"),
            ),
        };
        for (from, fires) in row["next_fires_utc_by_start"].as_object().expect("starts") {
            let three = dates(fires, "3.8.8");
            assert_eq!(
                our_dates(&schedule, start(from), 6),
                three,
                "{seconds} from {from}"
            );
            compared += 1;
            assert_eq!(three, dates(fires, "2.20.26"), "{seconds} from {from}");
        }
    }
    assert_eq!(compared, 32);
}
