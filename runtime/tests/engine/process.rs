//! The process of a flow run: who may end it, and what it leaves behind.

use std::path::Path;
use std::time::Duration;

use longshore_prefect::{State, StateType};
use rustix::process::{Pid, Signal, kill_process, test_kill_process};
use serde_json::json;
use uuid::Uuid;

use crate::bench::Bench;

/// One that SIGTERM ends, and one that it does not; both are nobody's children, and one has a session of its own.
fn line(file: &str) -> String {
    format!(
        "sleep 600 & echo $! >{file}.tmp; \
         setsid sh -c 'trap \"\" TERM; echo $$ >>{file}.tmp; mv {file}.tmp {file}; sleep 600; sleep 600' & \
         while ! test -e {file}; do sleep 0.01; done"
    )
}

fn assert_are_gone(file: &str) {
    let text = std::fs::read_to_string(file).expect("the processes' ids");
    let ids: Vec<i32> = text.lines().filter_map(|id| id.parse().ok()).collect();
    assert_eq!(ids.len(), 2, "{text}");
    for id in ids {
        let lives = Pid::from_raw(id).is_some_and(|id| test_kill_process(id).is_ok());
        // One that has ended may wait for its new parent.
        let stat = std::fs::read_to_string(format!("/proc/{id}/stat")).unwrap_or_default();
        assert!(!lives || stat.contains(") Z "), "{id} lives: {stat}");
    }
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn what_a_flow_leaves_behind_is_ended_with_it() {
    let bench = Bench::start().await;
    let file = bench.file();
    let id = bench
        .flow_run("leaving", json!({ "line": line(&file) }))
        .await;
    let output = bench.execute("troubled", &id.to_string()).await;
    assert!(output.status.success(), "{output:?}");
    assert_are_gone(&file);
    assert_eq!(bench.state(id).await.1.kind, StateType::Completed);
    let messages = bench.messages(id).await.join("\n");
    let said = messages.contains("which the flow left behind") && messages.contains("killing 2");
    assert!(said, "{messages}");
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn what_a_cancelled_flow_leaves_behind_is_ended_with_it() {
    let bench = Bench::start().await;
    let file = bench.file();
    let parameters = json!({ "line": line(&file), "stays": true });
    let id = bench.flow_run("leaving", parameters).await;
    let mut command = bench.command("troubled", &id.to_string());
    let mut process = command.spawn().expect("the example");
    while !Path::new(&file).exists() {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let cancelling = State::new(StateType::Cancelling);
    let answer = bench
        .client
        .set_flow_run_state(id, cancelling, Uuid::new_v4());
    answer.await.expect("an answer");
    let process_id = i32::try_from(process.id().expect("a process")).ok();
    let process_id = process_id.and_then(Pid::from_raw).expect("an id");
    kill_process(process_id, Signal::TERM).expect("the process");
    assert!(process.wait().await.expect("a status").success());
    assert_are_gone(&file);
}

/// A flow, or a library of it, that calls `std::process::exit` would leave its run Running for good.
#[tokio::test]
async fn a_run_whose_flow_ends_the_process_is_crashed() {
    let bench = Bench::start().await;
    for how in ["async", "thread", "other"] {
        let id = bench.flow_run("exiting", json!({ "how": how })).await;
        let mut command = bench.command("troubled", &id.to_string());
        let output = command.env("TOKIO_WORKER_THREADS", "1").output().await;
        let output = output.expect("an example");
        assert!(output.status.success(), "{how}: {output:?}");
        let (_, state) = bench.state(id).await;
        assert_eq!(state.kind, StateType::Crashed, "{how}: {output:?}");
        let expected = "The flow ended its process before it returned.";
        assert_eq!(state.message.as_deref(), Some(expected), "{how}");
        let messages = bench.messages(id).await;
        assert!(
            messages.iter().any(|message| message == "before"),
            "{how}: {messages:?}"
        );
        let advice = messages.last().map(String::as_str).unwrap_or_default();
        assert!(
            advice.contains("return from the flow"),
            "{how}: {messages:?}"
        );
    }
}
