use serde_json::json;

use super::StateType::{
    Cancelled, Cancelling, Completed, Crashed, Failed, Paused, Pending, Running, Scheduled,
};
use super::*;

fn facts() -> Facts {
    Facts {
        has_infrastructure: false,
        has_deployment: true,
        run_count: 1,
        retries: None,
        retry_delay: Duration::zero(),
        no_slot: None,
        has_fired: false,
    }
}

fn now() -> DateTime<Utc> {
    DateTime::from_timestamp(1_800_000_000, 0).expect("a time")
}

fn of(kind: StateType) -> RunState {
    state(kind, kind.default_name(), now())
}

/// `accept`, `reject`, `abort`, `wait`, or the name of the state that is taken instead.
fn outcome(verdict: &Verdict) -> String {
    match verdict {
        Verdict::Accept(_) => "accept".to_owned(),
        Verdict::Replace(state, _) => state.name.clone(),
        Verdict::Reject(_) => "reject".to_owned(),
        Verdict::Wait { .. } => "wait".to_owned(),
        Verdict::Abort(_) => "abort".to_owned(),
    }
}

#[test]
fn transitions_between_plain_states() {
    let table = [
        (Scheduled, Pending, "accept"),
        (Scheduled, Running, "accept"),
        (Scheduled, Completed, "accept"),
        (Scheduled, Failed, "accept"),
        (Scheduled, Crashed, "accept"),
        (Scheduled, Cancelled, "accept"),
        (Scheduled, Cancelling, "Cancelled"),
        (Scheduled, Paused, "reject"),
        (Pending, Pending, "abort"),
        (Pending, Running, "accept"),
        (Pending, Failed, "accept"),
        (Pending, Cancelling, "accept"),
        (Running, Pending, "abort"),
        (Running, Running, "accept"),
        (Running, Completed, "accept"),
        (Running, Failed, "accept"),
        (Running, Crashed, "accept"),
        (Running, Paused, "accept"),
        (Running, Cancelling, "accept"),
        (Completed, Crashed, "abort"),
        (Completed, Cancelling, "abort"),
        (Completed, Paused, "abort"),
        (Completed, Pending, "accept"),
        (Completed, Running, "accept"),
        (Failed, Pending, "accept"),
        (Failed, Running, "accept"),
        (Failed, Scheduled, "accept"),
        (Failed, Completed, "accept"),
        (Crashed, Running, "accept"),
        (Crashed, Crashed, "abort"),
        (Cancelling, Cancelled, "accept"),
        (Cancelling, Completed, "reject"),
        (Cancelling, Running, "reject"),
        (Cancelling, Pending, "reject"),
        (Cancelled, Running, "accept"),
        (Cancelled, Completed, "accept"),
        (Cancelled, Scheduled, "accept"),
        (Cancelled, Pending, "abort"),
        (Paused, Running, "accept"),
        (Paused, Pending, "reject"),
        (Paused, Cancelling, "accept"),
    ];
    for (from, to, expected) in table {
        let verdict = decide(&of(from), of(to), &facts(), now());
        assert_eq!(outcome(&verdict), expected, "{from:?} -> {to:?}");
    }
}

#[test]
fn a_repeated_proposal_is_recognised_before_all_else() {
    let mut current = of(Pending);
    current
        .state_details
        .insert("transition_id".to_owned(), json!("a"));
    let mut proposed = of(Pending);
    proposed
        .state_details
        .insert("transition_id".to_owned(), json!("a"));
    let expected = Verdict::Reject("This run has already made this state transition.".to_owned());
    assert_eq!(
        decide(&current, proposed.clone(), &facts(), now()),
        expected
    );
    proposed
        .state_details
        .insert("transition_id".to_owned(), json!("b"));
    assert_eq!(
        outcome(&decide(&current, proposed, &facts(), now())),
        "abort"
    );
}

#[test]
fn a_pending_run_takes_the_next_named_step_only() {
    let mut submitting = of(Pending);
    submitting.name = "Submitting".to_owned();
    assert_eq!(
        outcome(&decide(&of(Pending), submitting.clone(), &facts(), now())),
        "accept"
    );
    assert_eq!(
        outcome(&decide(&submitting, submitting.clone(), &facts(), now())),
        "abort"
    );
    assert_eq!(
        outcome(&decide(&submitting, of(Pending), &facts(), now())),
        "abort"
    );
}

#[test]
fn a_run_waits_for_its_time_even_once_claimed() {
    let mut scheduled = of(Scheduled);
    scheduled.set_time("scheduled_time", now() + Duration::seconds(90));
    assert_eq!(
        decide(&scheduled, of(Running), &facts(), now()),
        Verdict::Wait { seconds: 90 }
    );
    let Verdict::Accept(pending) = decide(&scheduled, of(Pending), &facts(), now()) else {
        panic!("a future run can be claimed")
    };
    assert_eq!(
        decide(&pending, of(Running), &facts(), now()),
        Verdict::Wait { seconds: 90 }
    );
    assert_eq!(
        outcome(&decide(
            &pending,
            of(Running),
            &facts(),
            now() + Duration::seconds(90)
        )),
        "accept"
    );
}

#[test]
fn failures_are_retried_as_often_as_allowed() {
    let retried = Facts {
        retries: Some(2),
        retry_delay: Duration::seconds(30),
        ..facts()
    };
    for run_count in [1, 2] {
        let Verdict::Replace(state, "Retrying") = decide(
            &of(Running),
            of(Failed),
            &Facts {
                run_count,
                ..retried
            },
            now(),
        ) else {
            panic!("attempt {run_count} is retried")
        };
        assert_eq!(
            (state.kind, state.name.as_str()),
            (Scheduled, "AwaitingRetry")
        );
        assert_eq!(
            state.time("scheduled_time"),
            Some(now() + Duration::seconds(30))
        );
    }
    assert_eq!(
        outcome(&decide(
            &of(Running),
            of(Failed),
            &Facts {
                run_count: 3,
                ..retried
            },
            now()
        )),
        "accept"
    );
    assert_eq!(
        outcome(&decide(&of(Running), of(Crashed), &retried, now())),
        "accept"
    );
    assert_eq!(
        outcome(&decide(&of(Pending), of(Failed), &retried, now())),
        "accept"
    );
}

#[test]
fn a_stored_result_is_not_lost() {
    let mut completed = of(Completed);
    completed.data = Some(json!({ "a": 1 }));
    for to in [Running, Pending, Scheduled, Completed] {
        assert_eq!(
            outcome(&decide(&completed, of(to), &facts(), now())),
            "reject",
            "{to:?}"
        );
    }
    completed.data = Some(json!({ "type": "unpersisted" }));
    assert_eq!(
        outcome(&decide(&completed, of(Running), &facts(), now())),
        "accept"
    );
}

#[test]
fn cancelling_looks_for_something_to_stop() {
    let running_somewhere = Facts {
        has_infrastructure: true,
        ..facts()
    };
    assert_eq!(
        outcome(&decide(
            &of(Scheduled),
            of(Cancelling),
            &running_somewhere,
            now()
        )),
        "accept"
    );
    let mut suspended = of(Paused);
    suspended
        .state_details
        .insert("pause_reschedule".to_owned(), json!(true));
    assert_eq!(
        outcome(&decide(&suspended, of(Cancelling), &facts(), now())),
        "Cancelled"
    );
    assert_eq!(
        outcome(&force(&of(Cancelling), of(Completed), &facts(), now())),
        "accept"
    );
    assert_eq!(
        outcome(&force(&of(Scheduled), of(Cancelling), &facts(), now())),
        "Cancelled"
    );
}

#[test]
fn a_pause_ends_in_failure_after_its_time() {
    let mut paused = of(Paused);
    paused.set_time("pause_timeout", now() - Duration::seconds(1));
    assert_eq!(
        outcome(&decide(&paused, of(Running), &facts(), now())),
        "Failed"
    );
    assert_eq!(
        outcome(&decide(&paused, of(Cancelling), &facts(), now())),
        "accept"
    );
}

#[test]
fn a_run_without_deployment_is_not_rescheduled() {
    let orphan = Facts {
        has_deployment: false,
        ..facts()
    };
    assert_eq!(
        outcome(&decide(&of(Failed), of(Scheduled), &orphan, now())),
        "abort"
    );
}

#[test]
fn a_run_is_marked_late_once() {
    let mut late = of(Scheduled);
    late.name = "Late".to_owned();
    assert_eq!(
        outcome(&decide(&of(Scheduled), late.clone(), &facts(), now())),
        "accept"
    );
    assert_eq!(
        outcome(&decide(&late, late.clone(), &facts(), now())),
        "reject"
    );
    assert_eq!(
        outcome(&decide(&of(Running), late, &facts(), now())),
        "reject"
    );
}
