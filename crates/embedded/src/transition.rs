//! Which changes of a run's state are legal: one pure function, in the order of 3.8.8's rules.

use chrono::{DateTime, Duration, Utc};
use serde_json::Value;
use uuid::Uuid;

use crate::model::{CollisionStrategy, RunState, StateType};

/// What the rules look at beside the two states.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Facts {
    /// Whether something that runs it is known (`infrastructure_pid`).
    pub(crate) has_infrastructure: bool,
    pub(crate) has_deployment: bool,
    /// How often it went into Running.
    pub(crate) run_count: u32,
    /// Further attempts that a failed one leads to.
    pub(crate) retries: Option<u32>,
    pub(crate) retry_delay: Duration,
    /// What becomes of a run that takes a slot, if all slots of its deployment are taken.
    pub(crate) no_slot: Option<CollisionStrategy>,
    /// Whether a pause with the key of the proposed one has had its effect.
    pub(crate) has_fired: bool,
}

/// What becomes of a proposed state.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Verdict {
    /// It is taken.
    Accept(RunState),
    /// Another state is taken in its place.
    Replace(RunState, &'static str),
    /// Nothing changes; the proposer adopts the current state.
    Reject(String),
    /// Nothing changes; the proposer asks again later.
    Wait { seconds: i64 },
    /// Nothing changes; the proposer stops.
    Abort(String),
}

/// Decides what becomes of `proposed`.
pub(crate) fn decide(
    current: &RunState,
    proposed: RunState,
    facts: &Facts,
    now: DateTime<Utc>,
) -> Verdict {
    let rules = [
        repeated,
        leaving_terminal,
        leaving_cancelling,
        cancelling_without_infrastructure,
        entering_pending,
        taking_slot,
    ];
    for rule in rules {
        if let Some(verdict) = rule(current, &proposed, facts, now) {
            return verdict;
        }
    }
    let rules = [marking_late, pausing, leaving_paused, too_early, retrying];
    for rule in rules {
        if let Some(verdict) = rule(current, &proposed, facts, now) {
            return verdict;
        }
    }
    Verdict::Accept(with_scheduled_time(current, proposed))
}

/// What becomes of a proposed state that is forced: only the way from Scheduled to Cancelling stays short.
pub(crate) fn force(
    current: &RunState,
    proposed: RunState,
    facts: &Facts,
    now: DateTime<Utc>,
) -> Verdict {
    cancelling_without_infrastructure(current, &proposed, facts, now)
        .unwrap_or(Verdict::Accept(proposed))
}

fn repeated(
    current: &RunState,
    proposed: &RunState,
    _: &Facts,
    _: DateTime<Utc>,
) -> Option<Verdict> {
    let id = |state: &RunState| {
        state
            .state_details
            .get("transition_id")
            .filter(|id| !id.is_null())
            .cloned()
    };
    let same = id(current).is_some() && id(current) == id(proposed);
    same.then(|| Verdict::Reject("This run has already made this state transition.".to_owned()))
}

fn leaving_terminal(
    current: &RunState,
    proposed: &RunState,
    facts: &Facts,
    _: DateTime<Utc>,
) -> Option<Verdict> {
    if !current.kind.is_terminal() {
        return None;
    }
    if matches!(
        proposed.kind,
        StateType::Cancelling | StateType::Paused | StateType::Crashed
    ) {
        return Some(Verdict::Abort(format!(
            "Run is already in terminal state {}.",
            current.kind.text()
        )));
    }
    if current.kind == StateType::Completed && has_result(current) {
        if !proposed.kind.is_terminal() {
            return Some(Verdict::Reject("Run is already COMPLETED.".to_owned()));
        }
        if proposed.kind == StateType::Completed && !has_result(proposed) {
            return Some(Verdict::Reject(
                "Cannot overwrite a COMPLETED state that carries persisted result data with one that does not."
                    .to_owned(),
            ));
        }
    }
    let orphan = proposed.kind == StateType::Scheduled && !facts.has_deployment;
    orphan.then(|| {
        Verdict::Abort("Cannot reschedule a run without an associated deployment.".to_owned())
    })
}

fn has_result(state: &RunState) -> bool {
    state.data.as_ref().is_some_and(|data| {
        data.is_object() && data.get("type") != Some(&Value::from("unpersisted"))
    })
}

fn leaving_cancelling(
    current: &RunState,
    proposed: &RunState,
    _: &Facts,
    _: DateTime<Utc>,
) -> Option<Verdict> {
    (current.kind == StateType::Cancelling && proposed.kind != StateType::Cancelled).then(|| {
        Verdict::Reject(
            "Cannot transition flows that are cancelling to a state other than Cancelled."
                .to_owned(),
        )
    })
}

fn cancelling_without_infrastructure(
    current: &RunState,
    proposed: &RunState,
    facts: &Facts,
    now: DateTime<Utc>,
) -> Option<Verdict> {
    if proposed.kind != StateType::Cancelling {
        return None;
    }
    let scheduled = current.kind == StateType::Scheduled
        && (!facts.has_infrastructure || current.name == "Resuming");
    let suspended = current.kind == StateType::Paused && current.flag("pause_reschedule");
    let reason = match (scheduled, suspended) {
        (true, _) => "Scheduled flow run has no infrastructure to terminate.",
        (_, true) => "Suspended flow run has no infrastructure to terminate.",
        _ => return None,
    };
    Some(Verdict::Replace(
        state(StateType::Cancelled, "Cancelled", now),
        reason,
    ))
}

fn entering_pending(
    current: &RunState,
    proposed: &RunState,
    _: &Facts,
    _: DateTime<Utc>,
) -> Option<Verdict> {
    let guarded = matches!(
        current.kind,
        StateType::Pending | StateType::Cancelling | StateType::Running | StateType::Cancelled
    );
    if proposed.kind != StateType::Pending || !guarded {
        return None;
    }
    let is_next_step = current.kind == StateType::Pending
        && proposed.name != current.name
        && proposed.name != "Pending";
    (!is_next_step).then(|| {
        let kind = current.kind.text();
        Verdict::Abort(format!(
            "This run is in a {kind} state and cannot transition to a PENDING state."
        ))
    })
}

/// How long a run waits before it asks for a slot again.
const SLOT_WAIT: Duration = Duration::seconds(30);

fn taking_slot(
    current: &RunState,
    proposed: &RunState,
    facts: &Facts,
    now: DateTime<Utc>,
) -> Option<Verdict> {
    let has_slot = matches!(
        current.kind,
        StateType::Pending | StateType::Running | StateType::Cancelling
    );
    if proposed.kind != StateType::Pending || has_slot {
        return None;
    }
    let reason = "Deployment concurrency limit reached.";
    let next = match facts.no_slot? {
        CollisionStrategy::Enqueue => {
            let mut waiting = state(StateType::Scheduled, "AwaitingConcurrencySlot", now);
            waiting.set_time("scheduled_time", now + SLOT_WAIT);
            waiting
        }
        CollisionStrategy::CancelNew => RunState {
            message: Some(reason.to_owned()),
            ..state(StateType::Cancelled, "Cancelled", now)
        },
    };
    Some(Verdict::Replace(next, reason))
}

fn marking_late(
    current: &RunState,
    proposed: &RunState,
    _: &Facts,
    _: DateTime<Utc>,
) -> Option<Verdict> {
    if proposed.kind != StateType::Scheduled || proposed.name != "Late" {
        return None;
    }
    if current.kind != StateType::Scheduled {
        return Some(Verdict::Reject(
            "Only scheduled flows can be marked late.".to_owned(),
        ));
    }
    (current.name == "Late")
        .then(|| Verdict::Reject("This flow run is already marked late.".to_owned()))
}

fn pausing(
    current: &RunState,
    proposed: &RunState,
    facts: &Facts,
    _: DateTime<Utc>,
) -> Option<Verdict> {
    if proposed.kind != StateType::Paused {
        return None;
    }
    let verb = if proposed.name == "Suspended" {
        "suspend"
    } else {
        "pause"
    };
    if current.kind != StateType::Running {
        return Some(Verdict::Reject(format!(
            "Cannot {verb} flows that are not currently running."
        )));
    }
    if facts.has_fired {
        return Some(Verdict::Reject(format!("This {verb} has already fired.")));
    }
    let orphan = proposed.flag("pause_reschedule") && !facts.has_deployment;
    orphan.then(|| Verdict::Abort(format!("Cannot {verb} flows without a deployment.")))
}

fn leaving_paused(
    current: &RunState,
    proposed: &RunState,
    _: &Facts,
    now: DateTime<Utc>,
) -> Option<Verdict> {
    if current.kind != StateType::Paused {
        return None;
    }
    if matches!(proposed.kind, StateType::Pending | StateType::Paused) {
        let (to, from) = (proposed.kind.text(), current.kind.text());
        return Some(Verdict::Reject(format!(
            "This run cannot transition to the {to} state from the {from} state."
        )));
    }
    let expired = current
        .time("pause_timeout")
        .is_some_and(|timeout| timeout < now);
    (expired && proposed.kind != StateType::Cancelling).then(|| {
        let mut failed = state(StateType::Failed, "Failed", now);
        failed.message = Some("The flow was paused and never resumed.".to_owned());
        Verdict::Replace(
            failed,
            "The flow run pause has timed out and can no longer resume.",
        )
    })
}

fn too_early(
    current: &RunState,
    proposed: &RunState,
    _: &Facts,
    now: DateTime<Utc>,
) -> Option<Verdict> {
    if proposed.kind != StateType::Running
        || !matches!(current.kind, StateType::Scheduled | StateType::Pending)
    {
        return None;
    }
    let milliseconds = (current.time("scheduled_time")? - now).num_milliseconds();
    let seconds = (milliseconds + 500).div_euclid(1000);
    (seconds > 0).then_some(Verdict::Wait { seconds })
}

fn retrying(
    current: &RunState,
    proposed: &RunState,
    facts: &Facts,
    now: DateTime<Utc>,
) -> Option<Verdict> {
    if current.kind != StateType::Running || proposed.kind != StateType::Failed {
        return None;
    }
    (facts.run_count <= facts.retries?).then(|| {
        let mut retry = state(StateType::Scheduled, "AwaitingRetry", now);
        retry.message = proposed.message.clone();
        retry.data = proposed.data.clone();
        retry.set_time("scheduled_time", now + facts.retry_delay);
        Verdict::Replace(retry, "Retrying")
    })
}

/// A pending run remembers when it was due, so that it does not begin too early.
fn with_scheduled_time(current: &RunState, mut proposed: RunState) -> RunState {
    let from_waiting = matches!(current.kind, StateType::Scheduled | StateType::Pending);
    if proposed.kind == StateType::Pending
        && from_waiting
        && proposed.time("scheduled_time").is_none()
        && let Some(time) = current.time("scheduled_time")
    {
        proposed.set_time("scheduled_time", time);
    }
    proposed
}

fn state(kind: StateType, name: &str, now: DateTime<Utc>) -> RunState {
    RunState {
        id: Uuid::new_v4(),
        kind,
        name: name.to_owned(),
        timestamp: now,
        message: None,
        data: None,
        state_details: serde_json::Map::new(),
    }
}

#[cfg(test)]
mod tests;
