//! What an engine asks of a run beyond its states.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use longshore_prefect::{
    ChildRunWrite, Event, FlowRunUpdate, FlowRunWrite, Log, SetStateStatus, State, StateDetails,
    StateType, TaskRun, TaskRunReport, TaskRunWrite,
};
use serde_json::{Map, json};
use tokio::time::{Instant, sleep};
use uuid::Uuid;

use crate::api::Api;

/// A server of 3.x records events a little later.
const RECORDING: Duration = Duration::from_secs(60);

pub(super) async fn made(api: &Api) -> Uuid {
    let write = api.write().await;
    let written = api.client.write_deployment(&write).await;
    let run = FlowRunWrite::new("key");
    let deployment = written.expect("a deployment").deployment.id;
    let made = api.client.create_flow_run(deployment, &run).await;
    made.expect("a run").id
}

pub(super) async fn a_run_is_prepared_and_its_states_are_kept(api: &Api) {
    let id = made(api).await;
    let read = async || {
        let run = api.client.flow_run(id).await.expect("an answer");
        run.expect("the run")
    };
    let mut policy = read().await.empirical_policy;
    policy.insert("retries".to_owned(), json!(1));
    policy.insert("retry_delay".to_owned(), json!(0));
    let update = FlowRunUpdate {
        name: Some("prepared".to_owned()),
        flow_version: Some("abc".to_owned()),
        empirical_policy: Some(policy),
        infrastructure_pid: Some("host:1".to_owned()),
    };
    api.client
        .update_flow_run(id, &update)
        .await
        .expect("an update");
    let run = read().await;
    assert_eq!(
        (run.name.as_str(), run.flow_version.as_deref()),
        ("prepared", Some("abc"))
    );
    assert_eq!(run.infrastructure_pid.as_deref(), Some("host:1"));
    let transition = Uuid::new_v4();
    for (kind, transition, expected) in [
        (StateType::Running, transition, SetStateStatus::Accept),
        (StateType::Failed, Uuid::new_v4(), SetStateStatus::Reject),
    ] {
        let state = State::new(kind);
        let answer = api
            .client
            .propose_flow_run_state(id, &state, transition)
            .await
            .expect("an answer");
        assert_eq!(
            (answer.status, answer.is_repetition(transition)),
            (expected, false)
        );
    }
    let run = read().await;
    assert_eq!(run.empirical_policy["retry_type"], json!("in_process"));
    let states = api.client.flow_run_states(id).await.expect("states");
    let kinds: Vec<StateType> = states.iter().map(|state| state.kind).collect();
    assert_eq!(
        kinds,
        [
            StateType::Scheduled,
            StateType::Running,
            StateType::Scheduled
        ]
    );
    assert_eq!(states[1].state_details.transition_id, Some(transition));
    let completed = State::new(StateType::Completed);
    let forced = api.client.force_flow_run_state(id, &completed).await;
    assert_eq!(forced.expect("an answer").status, SetStateStatus::Accept);
}

/// What the engine does on SIGTERM where Prefect's Kubernetes worker asks for it.
pub(super) async fn a_run_that_loses_its_process_is_given_to_another(api: &Api) {
    let id = made(api).await;
    let read = async || {
        let run = api.client.flow_run(id).await.expect("an answer");
        run.expect("the run")
    };
    let propose = async |state: State| {
        let answer = api
            .client
            .propose_flow_run_state(id, &state, Uuid::new_v4());
        answer.await.expect("an answer").status
    };
    let awaiting_retry = || State {
        name: Some("AwaitingRetry".to_owned()),
        ..State::scheduled(Utc::now())
    };
    let running = || State::new(StateType::Running);
    assert_eq!(propose(running()).await, SetStateStatus::Accept);
    let mut policy = read().await.empirical_policy;
    policy.insert("pause_keys".to_owned(), json!(["mark"]));
    let update = FlowRunUpdate {
        empirical_policy: Some(policy),
        ..FlowRunUpdate::default()
    };
    let updated = api.client.update_flow_run(id, &update).await;
    updated.expect("an update");
    assert_eq!(propose(running()).await, SetStateStatus::Accept);
    let run = read().await;
    assert_eq!(run.empirical_policy["pause_keys"], json!(["mark"]));
    assert_eq!(run.run_count, 2);

    assert_eq!(propose(awaiting_retry()).await, SetStateStatus::Accept);
    let policy = read().await.empirical_policy;
    assert_ne!(policy.get("retry_type"), Some(&json!("in_process")));
    assert_eq!(propose(running()).await, SetStateStatus::Accept);
    let crashed = State::new(StateType::Crashed);
    assert_eq!(propose(crashed).await, SetStateStatus::Accept);
    assert_eq!(propose(awaiting_retry()).await, SetStateStatus::Accept);
    assert_eq!(read().await.empirical_policy["retry_type"], "reschedule");
}

pub(super) async fn a_log_record_is_found_by_its_time(api: &Api) {
    let id = made(api).await;
    let time = DateTime::from_timestamp(1_800_000_000, 123_456_000).expect("a time");
    let log = Log {
        name: "prefect.flow_runs".to_owned(),
        level: 20,
        message: "message".to_owned(),
        timestamp: time,
        flow_run_id: Some(id),
        task_run_id: None,
    };
    api.client.add_logs(&[log]).await.expect("a log");
    for (run, time, expected) in [
        (id, time, true),
        (id, time + TimeDelta::microseconds(1), false),
        (Uuid::new_v4(), time, false),
    ] {
        let found = api.client.has_log_of(run, time).await.expect("an answer");
        assert_eq!(found, expected, "{time}");
    }
}

fn task_run(flow_run: Uuid, dynamic_key: &str, after: &[Uuid]) -> TaskRunWrite {
    TaskRunWrite {
        id: Uuid::new_v4(),
        flow_run_id: flow_run,
        task_key: "load".to_owned(),
        dynamic_key: dynamic_key.to_owned(),
        name: format!("load-{dynamic_key}"),
        task_inputs: TaskRunWrite::inputs_after(after),
        tags: vec!["input".to_owned()],
    }
}

/// A task run of the parent stands for the child, and shows its states.
pub(super) async fn a_child_run_gives_its_states_to_the_parents_task_run(api: &Api) {
    let client = &api.client;
    let parent = made(api).await;
    for kind in [StateType::Pending, StateType::Running] {
        let state = State::new(kind);
        let answer = client
            .set_flow_run_state(parent, state, Uuid::new_v4())
            .await;
        assert_eq!(answer.expect("an answer").status, SetStateStatus::Accept);
    }
    let stand_in = task_run(parent, "0", &[]);
    let pending = State::new(StateType::Pending);
    for _ in 0..2 {
        let made = client.create_task_run(&stand_in, &pending).await;
        assert_eq!(made.expect("a task run").id, stand_in.id);
    }
    let write = ChildRunWrite {
        flow_id: api.flow().await.id,
        parent_task_run_id: stand_in.id,
        idempotency_key: Uuid::new_v4().to_string(),
        name: Some("child".to_owned()),
        flow_version: Some("abc".to_owned()),
        empirical_policy: Map::from_iter([("retries".to_owned(), json!(1))]),
        parameters: Map::from_iter([("days".to_owned(), json!(7))]),
        state: pending,
    };
    let child = client.create_child_run(&write).await.expect("a child");
    let again = client
        .create_child_run(&write)
        .await
        .expect("the same child");
    assert_eq!((child.id, child.deployment_id), (again.id, None));
    assert_eq!(child.parent_task_run_id, Some(stand_in.id));
    assert_eq!(child.flow_version.as_deref(), Some("abc"));
    for (kind, status, expected) in [
        (
            StateType::Running,
            SetStateStatus::Accept,
            StateType::Running,
        ),
        (
            StateType::Failed,
            SetStateStatus::Reject,
            StateType::Scheduled,
        ),
        (
            StateType::Running,
            SetStateStatus::Accept,
            StateType::Running,
        ),
        (
            StateType::Completed,
            SetStateStatus::Accept,
            StateType::Completed,
        ),
    ] {
        let state = State::new(kind);
        let answer = client
            .propose_flow_run_state(child.id, &state, Uuid::new_v4())
            .await
            .expect("an answer");
        assert_eq!(answer.status, status, "{kind:?}");
        let runs = client.task_runs(parent).await.expect("task runs");
        let kind = runs[0].state.as_ref().map(|state| state.kind);
        assert_eq!((runs.len(), kind), (1, Some(expected)));
    }
    let children = client.child_runs(parent).await.expect("the children");
    let children: Vec<_> = children
        .iter()
        .map(|run| (run.id, run.name.as_str(), run.run_count, &run.parameters))
        .collect();
    assert_eq!(children, [(child.id, "child", 2, &write.parameters)]);
    assert_eq!(client.child_runs(child.id).await.expect("runs"), []);
    let orphan = ChildRunWrite {
        parent_task_run_id: Uuid::new_v4(),
        idempotency_key: Uuid::new_v4().to_string(),
        ..write
    };
    let refused = client.create_child_run(&orphan).await;
    assert_eq!(refused.expect_err("a refusal").status(), Some(409));
}

pub(super) async fn a_pause_ends_once_and_is_resumed(api: &Api) {
    let client = &api.client;
    let id = made(api).await;
    let propose = async |state: State| {
        let answer = client.propose_flow_run_state(id, &state, Uuid::new_v4());
        answer.await.expect("an answer")
    };
    let paused = |timeout: TimeDelta, key: &str| State {
        state_details: StateDetails {
            pause_timeout: Some(Utc::now() + timeout),
            pause_key: Some(key.to_owned()),
            ..StateDetails::default()
        },
        ..State::new(StateType::Paused)
    };
    let long = TimeDelta::minutes(5);
    let early = propose(paused(long, "first")).await;
    assert_eq!(early.status, SetStateStatus::Reject);
    for kind in [StateType::Pending, StateType::Running] {
        assert_eq!(
            propose(State::new(kind)).await.status,
            SetStateStatus::Accept
        );
    }
    let answer = propose(paused(long, "first")).await;
    assert_eq!(answer.status, SetStateStatus::Accept);
    let answer = client.resume_flow_run(id).await.expect("an answer");
    let kind = answer.state.map(|state| state.kind);
    assert_eq!(
        (answer.status, kind),
        (SetStateStatus::Accept, Some(StateType::Running))
    );
    let answer = client.resume_flow_run(id).await.expect("an answer");
    assert_eq!(answer.status, SetStateStatus::Abort);
    let again = propose(paused(long, "first")).await;
    assert_eq!(
        (again.status, again.details.reason.as_deref()),
        (
            SetStateStatus::Reject,
            Some("This pause has already fired.")
        )
    );
    let answer = propose(paused(TimeDelta::zero(), "second")).await;
    assert_eq!(answer.status, SetStateStatus::Accept);
    let late = propose(State::new(StateType::Running)).await;
    let kind = late.state.map(|state| state.kind);
    assert_eq!(
        (late.status, kind),
        (SetStateStatus::Reject, Some(StateType::Failed))
    );
    let run = client
        .flow_run(id)
        .await
        .expect("an answer")
        .expect("the run");
    // Going on counts, so a pause takes one of the run's retries.
    assert_eq!(run.run_count, 2);
}

fn report(kind: StateType, name: &str, start: DateTime<Utc>, seconds: i64) -> TaskRunReport {
    let at = start + TimeDelta::seconds(seconds);
    TaskRunReport {
        state: State {
            name: Some(name.to_owned()),
            message: Some("told".to_owned()),
            ..State::new(kind)
        },
        from: None,
        at,
        run_count: 2,
        flow_run_run_count: 1,
        start_time: start,
        end_time: kind.is_terminal().then_some(at),
    }
}

async fn recorded(api: &Api, run: Uuid, is_complete: impl Fn(&[TaskRun]) -> bool) -> Vec<TaskRun> {
    let deadline = Instant::now() + RECORDING;
    loop {
        let runs = api.client.task_runs(run).await.expect("task runs");
        if is_complete(&runs) {
            return runs;
        }
        assert!(Instant::now() < deadline, "{runs:?}");
        sleep(Duration::from_millis(100)).await;
    }
}

/// Events come in any order and more than once; the latest state counts.
pub(super) async fn task_runs_are_recorded_from_events(api: &Api) {
    let id = made(api).await;
    let start = Utc::now() - TimeDelta::seconds(60);
    let first = task_run(id, "0", &[]);
    let second = task_run(id, "1", &[first.id, first.id]);
    let completed = report(StateType::Completed, "Completed", start, 5);
    let running = report(StateType::Running, "Running", start, 0);
    let failed = report(StateType::Failed, "TimedOut", start, 6);
    let events = [
        Event::of_task_run(&first, &completed),
        Event::of_task_run(&first, &running),
        Event::of_task_run(&second, &failed),
        Event::heartbeat(id, "run"),
    ];
    for _ in 0..2 {
        api.client.send_events(&events).await.expect("events");
    }
    let runs = recorded(api, id, |runs| runs.len() == 2).await;
    let told: Vec<_> = runs
        .iter()
        .map(|run| {
            let state = run.state.as_ref().expect("a state");
            (run.id, state.name.as_deref(), state.message.as_deref())
        })
        .collect();
    assert_eq!(
        told,
        [
            (first.id, Some("Completed"), Some("told")),
            (second.id, Some("TimedOut"), Some("told")),
        ]
    );
    assert_eq!((runs[0].run_count, runs[0].flow_run_run_count), (2, 1));
    assert_eq!(runs[0].tags, ["input"]);
    let took = runs[0].end_time.expect("an end") - runs[0].start_time.expect("a start");
    assert_eq!(took, TimeDelta::seconds(5));
    assert_eq!(
        json!(runs[1].task_inputs),
        json!({"wait_for": [{"input_type": "task_run", "id": first.id}]})
    );
}
