//! Runs that have to stop: SIGTERM, cancellation, and an end that the server has already.

use std::path::Path;
use std::process::ExitStatus;
use std::time::Duration;

use longshore_prefect::{State, StateType};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};
use tokio::process::{Child, Command};
use uuid::Uuid;

use crate::bench::Bench;

/// Prefect's variable for how often the engine reads the state of its run, in seconds.
const POLL: &str = "PREFECT_RUNNER_POLL_FREQUENCY";
const SELDOM: &str = "3600";
const OFTEN: &str = "1";

const SIGTERM_BEHAVIOR: &str = "PREFECT_FLOW_RUN_EXECUTE_SIGTERM_BEHAVIOR";

/// Starts a run and waits until its flow has made the file.
async fn begun(bench: &Bench, flow: &str, parameters: Value, poll: &str) -> (Uuid, Child) {
    begun_with(bench, flow, parameters, &[(POLL, poll)]).await
}

async fn begun_with(
    bench: &Bench,
    flow: &str,
    mut parameters: Value,
    environment: &[(&str, &str)],
) -> (Uuid, Child) {
    let file = bench.file();
    parameters["begun"] = json!(file);
    let id = bench.flow_run(flow, parameters).await;
    let mut command: Command = bench.command("chatty", &id.to_string());
    let process = command
        .env("LONGSHORE_GRACE", "300ms")
        .envs(environment.iter().copied())
        .spawn()
        .expect("the example");
    wait_for(|| Path::new(&file).exists()).await;
    (id, process)
}

async fn wait_for(condition: impl Fn() -> bool) {
    let is_true = async {
        while !condition() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    let in_time = tokio::time::timeout(Duration::from_secs(30), is_true).await;
    in_time.expect("the flow starts");
}

/// Waits for the end of the process.
async fn ended(process: &mut Child) -> ExitStatus {
    let ended = tokio::time::timeout(Duration::from_secs(30), process.wait()).await;
    ended.expect("an end").expect("a status")
}

/// Sends SIGTERM and waits for the end.
async fn terminate(process: &mut Child) -> ExitStatus {
    let id = process.id().expect("a process");
    let id = Pid::from_raw(i32::try_from(id).expect("an id")).expect("an id");
    kill_process(id, Signal::TERM).expect("the process");
    ended(process).await
}

async fn set_state(bench: &Bench, id: Uuid, kind: StateType) {
    let answer = bench
        .client
        .set_flow_run_state(id, State::new(kind), Uuid::new_v4());
    answer.await.expect("an answer");
}

#[tokio::test]
async fn a_signal_to_a_run_that_is_being_cancelled_cancels_it() {
    let bench = Bench::start().await;
    let parameters = json!({"go": bench.file()});
    let (id, mut process) = begun(&bench, "across", parameters, SELDOM).await;
    set_state(&bench, id, StateType::Cancelling).await;
    assert!(terminate(&mut process).await.success());
    let (_, state) = bench.state(id).await;
    assert_eq!(state.kind, StateType::Cancelled);
    assert_eq!(bench.messages(id).await[0], "before");
}

#[tokio::test]
async fn a_run_whose_process_must_go_is_crashed() {
    let bench = Bench::start().await;
    for (flow, last) in [("across", "before"), ("tidy", "cleaned up")] {
        let parameters = match flow {
            "across" => json!({"go": bench.file()}),
            _ => json!({}),
        };
        let (id, mut process) = begun(&bench, flow, parameters, SELDOM).await;
        assert!(terminate(&mut process).await.success());
        let (run, state) = bench.state(id).await;
        assert_eq!(
            (state.kind, run.run_count),
            (StateType::Crashed, 1),
            "{flow}"
        );
        assert_eq!(
            state.message.as_deref(),
            Some("Execution was aborted by a termination signal.")
        );
        let messages = bench.messages(id).await;
        assert!(
            messages.iter().any(|message| message == last),
            "{messages:?}"
        );
    }
}

/// Prefect's Kubernetes worker does nothing about a run that is being cancelled.
#[tokio::test]
async fn a_cancelled_run_stops_without_a_signal() {
    let bench = Bench::start().await;
    for (flow, parameters) in [
        ("busy", json!({})),
        ("busy", json!({"blocks": true})),
        ("hang", json!({})),
        ("tidy", json!({})),
    ] {
        let (id, mut process) = begun(&bench, flow, parameters, OFTEN).await;
        set_state(&bench, id, StateType::Cancelling).await;
        assert!(ended(&mut process).await.success(), "{flow}");
        let (run, state) = bench.state(id).await;
        let found = (state.kind, run.run_count);
        assert_eq!(found, (StateType::Cancelled, 1), "{flow}");
        let messages = bench.messages(id).await;
        let is_cleaned_up = messages.iter().any(|message| message == "cleaned up");
        assert_eq!(is_cleaned_up, flow == "tidy", "{messages:?}");
    }
}

#[tokio::test]
async fn a_run_that_ends_while_it_is_being_cancelled_is_cancelled() {
    let bench = Bench::start().await;
    let go = bench.file();
    let (id, mut process) = begun(&bench, "across", json!({ "go": go }), SELDOM).await;
    set_state(&bench, id, StateType::Cancelling).await;
    std::fs::write(&go, "").expect("a file");
    assert!(ended(&mut process).await.success());
    assert_eq!(bench.state(id).await.1.kind, StateType::Cancelled);
}

#[tokio::test]
async fn a_run_that_was_ended_on_the_server_stops_and_keeps_its_end() {
    let bench = Bench::start().await;
    for kind in [
        StateType::Crashed,
        StateType::Failed,
        StateType::Cancelled,
        StateType::Completed,
    ] {
        let (id, mut process) = begun(&bench, "busy", json!({}), OFTEN).await;
        bench
            .client
            .force_flow_run_state(id, &State::new(kind))
            .await
            .expect("an answer");
        assert!(ended(&mut process).await.success(), "{kind:?}");
        let states = bench.client.flow_run_states(id).await.expect("states");
        assert_eq!(states.last().map(|state| state.kind), Some(kind));
        let messages = bench.messages(id).await;
        let is_reported = messages
            .iter()
            .any(|message| message.contains("ended or deleted"));
        assert!(is_reported, "{messages:?}");
    }
}

#[tokio::test]
async fn a_run_that_was_deleted_stops() {
    let bench = Bench::start().await;
    let (id, mut process) = begun(&bench, "busy", json!({}), OFTEN).await;
    let deleted = bench.client.delete_flow_run(id).await;
    assert!(deleted.expect("an answer"));
    assert!(ended(&mut process).await.success());
}

#[tokio::test]
async fn a_retry_that_loses_its_process_goes_to_a_worker() {
    let bench = Bench::start().await;
    let (id, mut process) = waiting(&bench, SELDOM).await;
    assert!(terminate(&mut process).await.success());
    let (run, state) = bench.state(id).await;
    assert_eq!(state.name.as_deref(), Some("AwaitingRetry"));
    assert_eq!(run.empirical_policy["retry_type"], json!("reschedule"));
    let due = state.state_details.scheduled_time.expect("a time");
    assert!(
        due > chrono::Utc::now() + chrono::TimeDelta::minutes(50),
        "{due}"
    );
}

#[tokio::test]
async fn a_run_that_is_cancelled_between_two_attempts_is_cancelled() {
    let bench = Bench::start().await;
    let (id, mut process) = waiting(&bench, OFTEN).await;
    set_state(&bench, id, StateType::Cancelling).await;
    assert!(ended(&mut process).await.success());
    assert_eq!(bench.state(id).await.1.kind, StateType::Cancelled);
}

/// Starts a run and waits until it waits for its second attempt.
async fn waiting(bench: &Bench, poll: &str) -> (Uuid, Child) {
    let id = bench.flow_run("wait-for-long", json!({})).await;
    let process = bench
        .command("chatty", &id.to_string())
        .env(POLL, poll)
        .spawn()
        .expect("the example");
    awaits_retry(bench, id).await;
    (id, process)
}

async fn awaits_retry(bench: &Bench, id: Uuid) {
    while bench.state(id).await.1.name.as_deref() != Some("AwaitingRetry") {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

/// What Prefect's Kubernetes worker asks for where a job has one pod: another job runs the flow again.
#[tokio::test]
async fn a_run_whose_process_must_go_is_rescheduled_where_the_worker_says_so() {
    let bench = Bench::start().await;
    for state in [StateType::Running, StateType::Crashed] {
        let environment = [(POLL, SELDOM), (SIGTERM_BEHAVIOR, "reschedule")];
        let (id, mut process) = begun_with(&bench, "busy", json!({}), &environment).await;
        if state == StateType::Crashed {
            // As that worker reports a pod that is being deleted.
            set_state(&bench, id, state).await;
        }
        assert!(terminate(&mut process).await.success());
        let (run, state) = bench.state(id).await;
        assert_eq!(state.name.as_deref(), Some("AwaitingRetry"));
        let retry_type = run.empirical_policy.get("retry_type");
        assert_ne!(retry_type, Some(&json!("in_process")));
    }
}

/// That worker may see the end of the pod before the state that the pod has reported.
#[tokio::test]
async fn a_run_that_is_rescheduled_is_not_left_crashed() {
    let bench = Bench::start().await;
    let environment = [(POLL, SELDOM), (SIGTERM_BEHAVIOR, "reschedule")];
    let (id, mut process) = begun_with(&bench, "busy", json!({}), &environment).await;
    let worker = async {
        awaits_retry(&bench, id).await;
        set_state(&bench, id, StateType::Crashed).await;
    };
    let (status, ()) = tokio::join!(terminate(&mut process), worker);
    assert!(status.success());
    let (_, state) = bench.state(id).await;
    assert_eq!(state.name.as_deref(), Some("AwaitingRetry"));
}

#[tokio::test]
async fn a_run_that_is_relinquished_is_run_by_one_other_process() {
    let bench = Bench::start().await;
    let file = bench.file();
    let id = bench.flow_run("twice", json!({ "file": file })).await;
    let command = || {
        let mut command = bench.command("chatty", &id.to_string());
        command
            .env(POLL, SELDOM)
            .env(SIGTERM_BEHAVIOR, "relinquish");
        command
    };
    let lines = || {
        std::fs::read_to_string(&file)
            .unwrap_or_default()
            .lines()
            .count()
    };
    let mut process = command().spawn().expect("the example");
    wait_for(|| lines() == 1).await;
    // A process that starts while the first one runs leaves the run alone.
    assert!(
        command()
            .output()
            .await
            .expect("the example")
            .status
            .success()
    );
    assert_eq!(lines(), 1);
    assert!(!terminate(&mut process).await.success());
    assert_eq!(bench.state(id).await.1.kind, StateType::Running);
    let (mut second, mut third) = (command(), command());
    let (second, third) = tokio::join!(second.output(), third.output());
    assert!(second.expect("the example").status.success());
    assert!(third.expect("the example").status.success());
    assert_eq!(lines(), 2);
    assert_eq!(bench.state(id).await.1.kind, StateType::Completed);
}
