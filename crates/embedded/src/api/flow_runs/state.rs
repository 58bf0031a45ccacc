use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use crate::error::ApiError;
use crate::model::{FLOW_RUN_STATES, FlowRun, RunState, StateType, TaskRun, UNFINISHED_RUNS};
use crate::store::{Reading, ReadingRecords, WriteTx};

/// A state as a request proposes it; `id` and `timestamp` are the server's.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::api) struct StateCreate {
    #[serde(rename = "type")]
    kind: StateType,
    #[serde(default)]
    name: Option<String>,
    #[serde(default)]
    message: Option<String>,
    #[serde(default)]
    data: Option<Value>,
    #[serde(default)]
    state_details: Map<String, Value>,
}

impl StateCreate {
    /// A run that is due now.
    pub(super) fn scheduled() -> Self {
        Self::of(StateType::Scheduled)
    }

    /// A run that somebody is about to begin.
    pub(in crate::api) fn pending() -> Self {
        Self::of(StateType::Pending)
    }

    pub(super) fn named(kind: StateType, name: &str) -> Self {
        Self {
            name: Some(name.to_owned()),
            ..Self::of(kind)
        }
    }

    pub(super) fn of(kind: StateType) -> Self {
        Self {
            kind,
            name: None,
            message: None,
            data: None,
            state_details: Map::new(),
        }
    }

    /// A run that is due at the fire time of a schedule.
    pub(super) fn fired(at: DateTime<Utc>) -> Self {
        Self {
            message: Some("Flow run scheduled".to_owned()),
            state_details: Map::from_iter([("scheduled_time".to_owned(), json!(at))]),
            ..Self::scheduled()
        }
    }

    pub(in crate::api) fn into_state(self, run: Uuid, now: DateTime<Utc>) -> RunState {
        let mut state = RunState {
            id: Uuid::new_v4(),
            kind: self.kind,
            name: self
                .name
                .unwrap_or_else(|| self.kind.default_name().to_owned()),
            timestamp: now,
            message: self.message,
            // Prefect keeps no data that says of itself that it is not kept.
            data: self
                .data
                .filter(|data| data.get("type") != Some(&Value::from("unpersisted"))),
            state_details: self.state_details,
        };
        state
            .state_details
            .insert("flow_run_id".to_owned(), Value::from(run.to_string()));
        if state.kind == StateType::Scheduled && state.time("scheduled_time").is_none() {
            state.set_time("scheduled_time", now);
        }
        state
    }
}

/// Puts a run into a state and stores both.
pub(super) fn store(tx: &mut WriteTx, run: &mut FlowRun, state: RunState) -> Result<(), ApiError> {
    let former = run.unfinished_key();
    enter(run, state);
    let key = run.unfinished_key();
    if former != key {
        if let Some(former) = former {
            tx.delete(UNFINISHED_RUNS, &former)?;
        }
        if let Some(key) = key {
            tx.insert(UNFINISHED_RUNS, &key, run.id.as_bytes())?;
        }
    }
    let ordinal = tx.entries(FLOW_RUN_STATES, run.id.as_bytes())?.len() as u64;
    let key = [run.id.as_bytes().as_slice(), &ordinal.to_be_bytes()].concat();
    tx.insert(FLOW_RUN_STATES, &key, &serde_json::to_vec(&run.state)?)?;
    tx.put(run)?;
    match run.parent_task_run_id {
        Some(parent) => tell_parent(tx, parent, run),
        None => Ok(()),
    }
}

/// Gives the task run that stands for a subflow the subflow's state.
fn tell_parent(tx: &mut WriteTx, parent: Uuid, run: &FlowRun) -> Result<(), ApiError> {
    let Some(mut task_run) = tx.find::<TaskRun>(parent)? else {
        return Ok(());
    };
    let mut state = run.state.clone();
    let details = &mut state.state_details;
    details.insert("task_run_id".to_owned(), json!(parent));
    details.insert("child_flow_run_id".to_owned(), json!(run.id));
    task_run.enter(state);
    tx.put(&task_run)
}

/// The states that a run has been in, oldest first.
pub(super) fn history(tx: &impl Reading, run: Uuid) -> Result<Vec<RunState>, ApiError> {
    tx.entries(FLOW_RUN_STATES, run.as_bytes())?
        .into_iter()
        .map(|(_, bytes)| Ok(serde_json::from_slice(&bytes)?))
        .collect()
}

/// Puts a run into a state, with the times and counts that follow from it.
fn enter(run: &mut FlowRun, mut state: RunState) {
    let at = state.timestamp;
    state
        .state_details
        .insert("flow_run_id".to_owned(), Value::from(run.id.to_string()));
    if run.expected_start_time.is_none() {
        run.expected_start_time = state.time("scheduled_time").or(Some(at));
    }
    run.next_scheduled_start_time = if state.kind == StateType::Scheduled {
        state.time("scheduled_time")
    } else {
        None
    };
    if state.kind == StateType::Running {
        run.start_time = run.start_time.or(Some(at));
        // Prefect notes that a run goes on only after it has gone on, so that the next time does not count.
        let resuming = run
            .empirical_policy
            .insert("resuming".to_owned(), json!(false));
        if resuming != Some(json!(true)) {
            run.run_count += 1;
        }
    }
    if state.kind.is_terminal() {
        run.start_time = run.start_time.or(Some(at));
        run.end_time = run.end_time.or(Some(at));
    } else {
        run.end_time = None;
    }
    if run.state.kind == StateType::Paused {
        let policy = &mut run.empirical_policy;
        policy.insert("resuming".to_owned(), json!(true));
    }
    if state.kind == StateType::Paused {
        let key = state.state_details.get("pause_key").cloned();
        let keys = run.empirical_policy.entry("pause_keys");
        if let (Some(keys), Some(key)) = (keys.or_insert_with(|| json!([])).as_array_mut(), key) {
            keys.push(key);
        }
    }
    if let Some(kind) = retry_type(&run.state, &state) {
        run.empirical_policy.insert("retry_type".to_owned(), kind);
    }
    run.updated = at;
    run.state = state;
}

/// Leaves another attempt to the process that ran the former one; it may pause again.
pub(super) fn retry_in_process(run: &mut FlowRun) {
    let policy = &mut run.empirical_policy;
    policy.insert("resuming".to_owned(), json!(false));
    policy.insert("pause_keys".to_owned(), json!([]));
    policy.insert("retry_type".to_owned(), json!("in_process"));
}

/// Which process runs another attempt after a change of state, if the change decides that.
fn retry_type(from: &RunState, to: &RunState) -> Option<Value> {
    match (from.kind, to.kind) {
        (StateType::Running, StateType::Failed) => Some(Value::Null),
        (from, StateType::Scheduled) if from.is_terminal() => Some(json!("reschedule")),
        (from, to) if from.is_terminal() && !to.is_terminal() => Some(Value::Null),
        _ => None,
    }
}
