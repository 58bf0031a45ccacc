//! What an engine asks of a run beyond its states.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use longshore_prefect::{
    Event, FlowRunUpdate, FlowRunWrite, Log, SetStateStatus, State, StateType, TaskRun,
    TaskRunReport, TaskRunWrite,
};
use serde_json::json;
use tokio::time::{Instant, sleep};
use uuid::Uuid;

use crate::api::Api;

/// A server of 3.x records events a little later.
const RECORDING: Duration = Duration::from_secs(60);

async fn made(api: &Api) -> Uuid {
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
