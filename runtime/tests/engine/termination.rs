//! SIGTERM: from whoever cancels the run, or takes the machine away.

use std::path::Path;
use std::time::Duration;

use longshore_prefect::{State, StateType};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};
use tokio::process::{Child, Command};
use uuid::Uuid;

use crate::bench::Bench;

/// Starts a run and waits until its flow has made the file.
async fn begun(bench: &Bench, flow: &str, mut parameters: Value) -> (Uuid, Child) {
    let file = bench.file();
    parameters["begun"] = json!(file);
    let id = bench.flow_run(flow, parameters).await;
    let mut command: Command = bench.command("chatty", &id.to_string());
    let process = command
        .env("LONGSHORE_GRACE", "300ms")
        .spawn()
        .expect("the example");
    while !Path::new(&file).exists() {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    (id, process)
}

/// Sends SIGTERM and waits for the end.
async fn terminate(process: &mut Child) {
    let id = process.id().expect("a process");
    let id = Pid::from_raw(i32::try_from(id).expect("an id")).expect("an id");
    kill_process(id, Signal::TERM).expect("the process");
    let ended = tokio::time::timeout(Duration::from_secs(30), process.wait()).await;
    assert!(ended.expect("an end").expect("a status").success());
}

#[tokio::test]
async fn a_run_that_is_being_cancelled_is_left_to_whoever_cancels_it() {
    let bench = Bench::start().await;
    let (id, mut process) = begun(&bench, "across", json!({"go": bench.file()})).await;
    let cancelling = State::new(StateType::Cancelling);
    let answer = bench
        .client
        .set_flow_run_state(id, cancelling, Uuid::new_v4())
        .await;
    answer.expect("an answer");
    terminate(&mut process).await;
    let (_, state) = bench.state(id).await;
    assert_eq!(state.kind, StateType::Cancelling);
    let logs = bench.client.logs(id).await.expect("the logs");
    assert_eq!(logs[0].message, "before");
}

#[tokio::test]
async fn a_run_whose_process_must_go_is_crashed() {
    let bench = Bench::start().await;
    for (flow, last) in [("across", "before"), ("tidy", "cleaned up")] {
        let parameters = match flow {
            "across" => json!({"go": bench.file()}),
            _ => json!({}),
        };
        let (id, mut process) = begun(&bench, flow, parameters).await;
        terminate(&mut process).await;
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
        let logs = bench.client.logs(id).await.expect("the logs");
        assert!(logs.iter().any(|log| log.message == last), "{logs:?}");
    }
}

#[tokio::test]
async fn a_retry_that_loses_its_process_goes_to_a_worker() {
    let bench = Bench::start().await;
    let id = bench.flow_run("wait-for-long", json!({})).await;
    let mut process = bench
        .command("chatty", &id.to_string())
        .spawn()
        .expect("the example");
    while bench.state(id).await.1.name.as_deref() != Some("AwaitingRetry") {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    terminate(&mut process).await;
    let (run, state) = bench.state(id).await;
    assert_eq!(state.name.as_deref(), Some("AwaitingRetry"));
    assert_eq!(run.empirical_policy["retry_type"], json!("reschedule"));
    let due = state.state_details.scheduled_time.expect("a time");
    assert!(
        due > chrono::Utc::now() + chrono::TimeDelta::minutes(50),
        "{due}"
    );
}
