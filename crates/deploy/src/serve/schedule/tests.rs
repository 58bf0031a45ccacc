use serde_json::{Map, json};

use super::*;

fn at(seconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(1_800_000_000 + seconds, 0).unwrap()
}

/// A deployment that fires every ten seconds, at whole tens after `at(0)`.
fn every_ten(decided_until: Option<i64>, since: i64) -> Scheduling {
    let schedule = json!({ "interval": 10.0, "anchor_date": at(0), "timezone": "UTC" });
    Scheduling {
        deployments: vec![deployment(schedule, since)],
        decided_until: decided_until.map(at),
    }
}

fn deployment(schedule: serde_json::Value, since: i64) -> ScheduledDeployment {
    ScheduledDeployment {
        id: Uuid::from_u128(1),
        flow: "daily".to_owned(),
        name: "eu".to_owned(),
        job_variables: Map::new(),
        schedules: vec![ActiveSchedule {
            id: Uuid::from_u128(2),
            schedule,
            since: at(since),
        }],
    }
}

fn planned(scheduling: &Scheduling, now: i64, on_time: i64, catchup: Catchup) -> Planned {
    let on_time = TimeDelta::seconds(on_time);
    plan(scheduling, at(now), on_time, &mut |_| catchup)
}

/// Seconds after `at(0)` of the runs that are made, and of those that are skipped.
fn told(planned: &Planned) -> (Vec<i64>, Vec<i64>) {
    let seconds = |fire: &Fire| (fire.at - at(0)).num_seconds();
    let mut run = Vec::new();
    let mut skip = Vec::new();
    for decision in &planned.decisions {
        match decision {
            FireDecision::Run(fire) => run.push(seconds(fire)),
            FireDecision::Skip(fire) => skip.push(seconds(fire)),
        }
    }
    run.sort_unstable();
    (run, skip)
}

#[test]
fn the_next_runs_are_made_before_they_are_due() {
    let planned = planned(&every_ten(None, 1), 5, 60, Catchup::Latest);
    assert_eq!(told(&planned), (vec![10, 20, 30], vec![]));
    assert_eq!((planned.next, planned.decided_until), (Some(at(10)), None));
    assert_eq!(planned.missed, []);
}

/// The clock was ten years ahead, and deployments were written then.
#[test]
fn stored_times_that_are_later_than_the_clock_count_as_now() {
    let later = 10 * 365 * 24 * 3600;
    for since in [-100, later] {
        let planned = planned(&every_ten(Some(later), since), 55, 60, Catchup::All);
        assert_eq!(told(&planned), (vec![60, 70, 80], vec![]));
        assert_eq!(
            (planned.next, planned.decided_until),
            (Some(at(60)), Some(at(55)))
        );
        assert_eq!(planned.too_late, Some(at(later)));
        let latest: Vec<_> = planned.latest.iter().map(|fire| fire.at).collect();
        assert_eq!(latest, [at(80)]);
    }
    // A clock that is adjusted by a second has decided nothing twice.
    let planned = planned(&every_ten(Some(56), -100), 55, 60, Catchup::All);
    assert_eq!((planned.too_late, planned.decided_until), (None, None));
}

#[test]
fn what_is_due_runs_whatever_the_catchup() {
    for catchup in [Catchup::None, Catchup::Latest, Catchup::All] {
        let planned = planned(&every_ten(Some(0), -100), 10, 60, catchup);
        assert_eq!(told(&planned), (vec![10, 20, 30, 40], vec![]));
        assert_eq!(planned.decided_until, Some(at(10)));
        assert_eq!(planned.next, Some(at(20)));
    }
}

#[test]
fn catchup_decides_about_what_was_missed() {
    for (catchup, made, skipped) in [
        (Catchup::None, vec![], vec![10, 20, 30]),
        (Catchup::Latest, vec![50], vec![10, 20, 30]),
        (Catchup::All, vec![10, 20, 30, 40, 50], vec![]),
    ] {
        // At the start nothing is on time.
        let planned = planned(&every_ten(Some(0), -100), 55, 0, catchup);
        let expected = [made.clone(), vec![60, 70, 80]].concat();
        assert_eq!(told(&planned), (expected, skipped), "{catchup:?}");
        assert_eq!(planned.decided_until, Some(at(55)));
        let missed = Missed {
            deployment: "daily/eu".to_owned(),
            count: 5,
            catchup,
            made: made.len(),
        };
        assert_eq!(planned.missed, [missed]);
    }
}

#[test]
fn a_machine_that_slept_runs_what_is_due_and_not_what_came_before_it() {
    let planned = planned(&every_ten(Some(0), -100), 55, 10, Catchup::Latest);
    assert_eq!(told(&planned), (vec![50, 60, 70, 80], vec![10, 20, 30]));
    assert_eq!((planned.missed[0].count, planned.missed[0].made), (4, 0));
}

#[test]
fn nothing_was_missed_before_a_schedule_was_written_or_resumed() {
    let planned = planned(&every_ten(Some(0), 41), 55, 0, Catchup::All);
    assert_eq!(told(&planned).0, [50, 60, 70, 80]);
}

#[test]
fn of_very_many_missed_ones_the_latest_count() {
    let year = 366 * 24 * 3600;
    let scheduling = every_ten(Some(-year), -year);
    let all = planned(&scheduling, 5, 0, Catchup::All);
    assert_eq!(all.missed[0].made, MOST);
    let (run, skipped) = told(&all);
    assert_eq!(run.len(), MOST + AHEAD);
    assert_eq!(run[MOST - 1], 0);
    // The runs that were made ahead a year ago are not forgotten.
    assert_eq!(skipped, [10 - year, 20 - year, 30 - year]);
    let latest = planned(&scheduling, 5, 0, Catchup::Latest);
    assert_eq!(told(&latest).0, [0, 10, 20, 30]);
}

#[test]
fn a_schedule_that_cannot_be_understood_does_not_stop_the_others() {
    let mut scheduling = every_ten(None, 1);
    scheduling
        .deployments
        .insert(0, deployment(json!({ "cron": "never" }), 1));
    let planned = planned(&scheduling, 5, 60, Catchup::Latest);
    assert_eq!(told(&planned).0, [10, 20, 30]);
    assert_eq!(planned.problems.len(), 1);
    assert_eq!(planned.problems[0].deployment, "daily/eu");
}

#[test]
fn a_schedule_that_has_ended_makes_nothing() {
    let rule = "DTSTART:20200101T000000\nRRULE:FREQ=DAILY;COUNT=3";
    let scheduling = Scheduling {
        deployments: vec![deployment(json!({ "rrule": rule, "timezone": "UTC" }), 1)],
        decided_until: None,
    };
    let planned = planned(&scheduling, 5, 60, Catchup::All);
    assert_eq!((planned.decisions, planned.next), (vec![], None));
}
