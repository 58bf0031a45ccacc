use crate::prefect_data::{cron, dates, is_trap, our_dates, start};
use longshore_spec::fires::{self, WarningKind};
use longshore_spec::{CronExpression, Schedule};
use serde_json::Value;

fn rows() -> Vec<Value> {
    let rows = cron()["rows"].as_array().expect("rows").clone();
    assert_eq!(rows.len(), 200);
    rows
}

#[test]
fn every_measured_expression_is_judged_as_prefect_does_less_its_traps() {
    let mut wrong = Vec::new();
    for row in rows() {
        let expression = row["cron"].as_str().expect("cron");
        let accepted = row["accepted"]["3.8.8"] == true && row["accepted"]["2.20.26"] == true;
        let right = match expression.parse::<CronExpression>() {
            Ok(_) => accepted,
            Err(error) => !accepted || is_trap(&error),
        };
        if !right {
            wrong.push(format!(
                "{expression}: {:?}",
                expression.parse::<CronExpression>().err()
            ));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn the_traps_among_the_measured_expressions_are_exactly_these() {
    let accepted_by_both =
        |row: &Value| row["accepted"]["3.8.8"] == true && row["accepted"]["2.20.26"] == true;
    let mut traps: Vec<String> = rows()
        .iter()
        .filter(|row| accepted_by_both(row))
        .filter_map(|row| row["cron"].as_str())
        .filter(|text| text.parse::<CronExpression>().is_err())
        .map(str::to_owned)
        .collect();
    traps.sort_unstable();
    let expected = [
        "* * 9-13 11,9 7-7/2",
        "* 2-12/5 */12 3-3 *",
        "* 8 * * 3-3/2",
        "*/12 */8 * 8-8/4 5",
        "*/19 */7 15-26 */5 1-1",
        "*/8 11,11 10 * 7-7",
        "0 0 30 2 *",
        "0 0 6 * * *",
        "17-31 16 */7 * 6-6/6",
        "31,10 * */3 9 5-5",
        "34-34 6 13-27/6 4-9/4 0",
        "5,42,33,4 8-15 8-24/7 * 7-7",
        "50-50 4-21 24,12,17 4-6/7 */4",
        "55,14,1,16 * 8-8 5 *",
    ];
    assert_eq!(traps, expected);
}

#[test]
fn fire_times_equal_those_of_prefect_3_8_and_are_warned_of_where_2_20_differs() {
    let mut compared = 0;
    let mut disagreeing = 0;
    for row in rows() {
        let text = row["cron"].as_str().expect("cron");
        let Ok(expression) = text.parse::<CronExpression>() else {
            continue;
        };
        for (key, fires) in row["next_fires_utc_by_start_and_timezone"]
            .as_object()
            .expect("starts")
        {
            let (from, zone) = key.split_once('|').expect("start and zone");
            let schedule = Schedule::Cron {
                expression: expression.clone(),
                timezone: Some(zone.parse().expect("zone")),
                day_or: true,
            };
            let (three, two) = (dates(fires, "3.8.8"), dates(fires, "2.20.26"));
            assert_eq!(
                our_dates(&schedule, start(from), 8),
                three,
                "{text} from {key}"
            );
            compared += 1;
            if three != two {
                disagreeing += 1;
                let warnings = fires::warnings(&schedule, start(from), 400).expect("warnings");
                assert!(
                    !warnings.is_empty(),
                    "{text} from {key}: no warning, but {three:?} and {two:?}"
                );
            }
        }
    }
    assert_eq!((compared, disagreeing), (1169, 27));
}

#[test]
fn a_plain_schedule_is_not_warned_of() {
    let schedule = Schedule::Cron {
        expression: "0 6 * * MON-FRI".parse().expect("cron"),
        timezone: Some("Europe/Oslo".parse().expect("zone")),
        day_or: true,
    };
    assert_eq!(
        fires::warnings(&schedule, start("2026-01-01T00:00:00"), 400).expect("warnings"),
        []
    );
    let schedule = Schedule::Cron {
        expression: "0 6 */15 * *".parse().expect("cron"),
        timezone: None,
        day_or: true,
    };
    let warnings = fires::warnings(&schedule, start("2026-01-01T00:00:00"), 400).expect("warnings");
    assert_eq!(
        warnings
            .iter()
            .map(|warning| warning.kind)
            .collect::<Vec<_>>(),
        [WarningKind::MonthEnd]
    );
}
