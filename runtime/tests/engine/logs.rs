//! What of a flow's log arrives at the server.

use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use longshore_prefect::{Log, StateType};
use serde_json::json;
use uuid::Uuid;

use crate::bench::Bench;
use crate::gate::Gate;

async fn logs(bench: &Bench, run: Uuid) -> Vec<Log> {
    bench.client.logs(run).await.expect("the logs")
}

fn lines(logs: &[Log]) -> Vec<(i32, &str)> {
    logs.iter()
        .map(|log| (log.level, log.message.as_str()))
        .collect()
}

async fn appears(file: &str) {
    while !Path::new(file).exists() {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

#[tokio::test]
async fn events_arrive_in_order_with_levels_fields_and_spans() {
    let bench = Bench::start().await;
    let id = bench.flow_run("talk", json!({})).await;
    let output = bench.execute("chatty", &id.to_string()).await;
    let stored = logs(&bench, id).await;
    assert_eq!(
        lines(&stored),
        [
            (20, "informed rows=3 name=\"a b\""),
            (30, "warned"),
            (30, "of a library"),
            (40, "page{number=7 rows=5}: part: broke"),
            (20, "from another thread"),
            (20, "a zero\u{fffd}byte"),
        ]
    );
    assert!(stored.iter().all(|log| log.name == "prefect.flow_runs"));
    let terminal = String::from_utf8_lossy(&output.stderr);
    assert!(terminal.contains("informed"), "{terminal}");
}

#[tokio::test]
async fn a_run_goes_on_when_its_worker_no_longer_reads_its_terminal() {
    let bench = Bench::start().await;
    let id = bench.flow_run("talk", json!({})).await;
    let mut command = bench.command("chatty", &id.to_string());
    let mut process = command.stderr(Stdio::piped()).spawn().expect("the example");
    drop(process.stderr.take());
    assert!(process.wait().await.expect("a status").success());
    let (_, state) = bench.state(id).await;
    assert_eq!(state.kind, StateType::Completed, "{state:?}");
    assert_eq!(logs(&bench, id).await.len(), 6);
}

#[tokio::test]
async fn level_and_filter_are_those_of_the_environment() {
    let bench = Bench::start().await;
    for (variable, value, expected) in [
        ("PREFECT_LOGGING_LEVEL", "ERROR", vec!["broke"]),
        ("RUST_LOG", "chatty=warn", vec!["warned", "broke"]),
        ("PREFECT_LOGGING_TO_API_ENABLED", "false", vec![]),
        (
            "RUST_LOG",
            "trace",
            vec![
                "traced",
                "debugged",
                "informed",
                "warned",
                "of a library",
                "broke",
                "another thread",
                "byte",
            ],
        ),
    ] {
        let id = bench.flow_run("talk", json!({})).await;
        let mut command = bench.command("chatty", &id.to_string());
        let output = command.env(variable, value).output().await;
        output.expect("the example");
        let stored = logs(&bench, id).await;
        let lines: Vec<&str> = stored.iter().map(|log| log.message.as_str()).collect();
        assert_eq!(lines.len(), expected.len(), "{variable}={value}: {lines:?}");
        for (line, expected) in lines.iter().zip(expected) {
            assert!(line.contains(expected), "{variable}={value}: {lines:?}");
        }
    }
}

#[tokio::test]
async fn a_panic_is_the_last_line() {
    let bench = Bench::start().await;
    let id = bench.flow_run("break-down", json!({})).await;
    bench.execute("chatty", &id.to_string()).await;
    let stored = logs(&bench, id).await;
    let [(20, "the last line"), (40, panic), (40, end)] = lines(&stored)[..] else {
        panic!("three lines, not {stored:?}");
    };
    assert!(
        panic.starts_with("panicked at ") && panic.ends_with("all is lost"),
        "{panic}"
    );
    assert!(end.contains("flow run failed"), "{end}");
}

#[tokio::test]
async fn many_lines_arrive_once_although_answers_are_lost() {
    let bench = Bench::start().await;
    let gate = Gate::before(&bench.server.api_url(), "/logs/", 2).await;
    let id = bench.flow_run("count", json!({"lines": 3000})).await;
    let mut command = bench.command("chatty", &id.to_string());
    let output = command.env("PREFECT_API_URL", &gate.api_url).output().await;
    assert!(output.expect("the example").status.success());
    let stored = logs(&bench, id).await;
    let expected: Vec<String> = (0..3000).map(|line| format!("line {line}")).collect();
    let lines: Vec<&str> = stored.iter().map(|log| log.message.as_str()).collect();
    assert_eq!(lines, expected);
}

#[tokio::test]
async fn a_run_goes_on_while_the_server_is_away() {
    let bench = Bench::start().await;
    let gate = Gate::before(&bench.server.api_url(), "/set_state", 0).await;
    let (begun, go) = (bench.file(), bench.file());
    let parameters = json!({"begun": begun, "go": go, "lines": 10});
    let id = bench.flow_run("across", parameters).await;
    let mut command = bench.command("chatty", &id.to_string());
    command.env("PREFECT_API_URL", &gate.api_url);
    let mut process = command.spawn().expect("the example");
    appears(&begun).await;
    gate.shut(true);
    std::fs::write(&go, "").expect("a file");
    // The end cannot be reported now; the process is still there.
    let early = tokio::time::timeout(Duration::from_secs(3), process.wait()).await;
    assert!(early.is_err(), "{early:?}");
    gate.shut(false);
    let ended = tokio::time::timeout(Duration::from_secs(60), process.wait()).await;
    assert!(ended.expect("an end").expect("a status").success());
    let (run, state) = bench.state(id).await;
    assert_eq!((state.kind, run.run_count), (StateType::Completed, 1));
    let stored = logs(&bench, id).await;
    let mut expected = vec!["before".to_owned()];
    expected.extend((0..10).map(|line| format!("after {line}")));
    let lines: Vec<&str> = stored.iter().map(|log| log.message.as_str()).collect();
    let of_flow: Vec<&str> = lines
        .iter()
        .copied()
        .filter(|line| !line.contains("is away"))
        .collect();
    assert_eq!(of_flow, expected);
}

#[tokio::test]
async fn a_server_that_never_comes_back_is_not_waited_for_without_end() {
    let bench = Bench::start().await;
    let gate = Gate::before(&bench.server.api_url(), "/set_state", 0).await;
    let (begun, go) = (bench.file(), bench.file());
    let id = bench
        .flow_run("across", json!({"begun": begun, "go": go}))
        .await;
    let mut command = bench.command("chatty", &id.to_string());
    command
        .env("PREFECT_API_URL", &gate.api_url)
        .env("LONGSHORE_OUTAGE_LIMIT", "1s")
        .stderr(Stdio::piped());
    let process = command.spawn().expect("the example");
    appears(&begun).await;
    gate.shut(true);
    std::fs::write(&go, "").expect("a file");
    let ended = tokio::time::timeout(Duration::from_secs(60), process.wait_with_output()).await;
    let output = ended.expect("an end").expect("the output");
    assert!(!output.status.success());
    let terminal = String::from_utf8_lossy(&output.stderr);
    assert!(
        terminal.contains("the server does not know the end of the flow run, Completed"),
        "{terminal}"
    );
    assert!(terminal.contains("log records of the run"), "{terminal}");
}
