use serde_json::json;

use super::*;

fn run(number: u128, deployment: u128) -> FlowRun {
    let run = json!({
        "id": Uuid::from_u128(number),
        "name": format!("run-{number}"),
        "flow_id": Uuid::nil(),
        "deployment_id": Uuid::from_u128(deployment),
    });
    serde_json::from_value(run).unwrap()
}

/// Deployment 1 has no limit, 2 has one run at once, 3 cancels what is one too many.
fn deployments() -> HashMap<Uuid, Deployment> {
    let limits = [
        (1, json!(null), json!(null)),
        (2, json!({ "limit": 1 }), json!(null)),
        (
            3,
            json!({ "limit": 1 }),
            json!({ "collision_strategy": "CANCEL_NEW" }),
        ),
    ];
    let deployment = |(number, limit, options)| {
        let id = Uuid::from_u128(number);
        let deployment = json!({
            "id": id,
            "name": format!("deployment-{number}"),
            "flow_id": Uuid::nil(),
            "global_concurrency_limit": limit,
            "concurrency_options": options,
        });
        (id, serde_json::from_value(deployment).unwrap())
    };
    limits.into_iter().map(deployment).collect()
}

/// The numbers of the runs that begin, of runs that are told by the number of their deployment.
fn begun(due: &[u128], active: &[(u128, usize)], room: usize) -> Vec<u128> {
    let due = due.iter().zip(1..).map(|(of, number)| run(number, *of));
    let active = active
        .iter()
        .map(|(of, count)| (Uuid::from_u128(*of), *count));
    let chosen = chosen(due.collect(), &deployments(), active.collect(), room);
    chosen.iter().map(|run| run.id.as_u128()).collect()
}

#[test]
fn the_first_ones_begin_while_there_is_room() {
    assert_eq!(begun(&[1, 1, 1], &[], 2), [1, 2]);
    assert_eq!(begun(&[1, 1, 1], &[(1, 7)], 8), [1, 2, 3]);
    assert_eq!(begun(&[1, 1], &[], 0), [0_u128; 0]);
}

#[test]
fn a_deployment_without_a_slot_does_not_hold_up_the_others() {
    assert_eq!(begun(&[2, 2, 1, 2, 1], &[], 8), [1, 3, 5]);
    assert_eq!(begun(&[2, 1], &[(2, 1)], 1), [2]);
}

#[test]
fn what_is_to_be_cancelled_needs_no_room() {
    assert_eq!(begun(&[3, 3, 3], &[], 1), [1, 2, 3]);
    assert_eq!(begun(&[3, 1], &[(3, 1)], 0), [1]);
}

#[test]
fn the_next_attempt_of_a_process_is_its_own() {
    let of = |name: &str, kind: Option<&str>| {
        let mut run = run(1, 1);
        run.state = Some(State {
            name: Some(name.to_owned()),
            ..State::new(StateType::Scheduled)
        });
        let policy = json!({ "retry_type": kind });
        run.empirical_policy = policy.as_object().cloned().unwrap();
        waits_in_its_process(&run)
    };
    assert!(of("AwaitingRetry", Some("in_process")));
    assert!(!of("AwaitingRetry", Some("reschedule")));
    assert!(!of("Scheduled", None));
}
