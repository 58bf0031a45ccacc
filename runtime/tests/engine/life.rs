//! States, attempts, time limits, and runs that are not for this process.

use std::time::Duration;

use longshore_prefect::{FlowRunUpdate, State, StateType};
use serde_json::json;
use uuid::Uuid;

use crate::bench::Bench;
use crate::gate::Gate;

#[tokio::test]
async fn a_run_ends_as_its_function_does() {
    let bench = Bench::start().await;
    for (flow, parameters, kind, message) in [
        (
            "add",
            json!({"numbers": [4, 5]}),
            StateType::Completed,
            None,
        ),
        (
            "divide",
            json!({"by": 0}),
            StateType::Failed,
            Some("cannot divide a hundred\n  caused by: the divisor is zero"),
        ),
        (
            "divide",
            json!({"by": 0, "checked": false}),
            StateType::Failed,
            Some("attempt to divide by zero"),
        ),
        (
            "divide",
            json!({"by": "two"}),
            StateType::Failed,
            Some("the parameter `by` does not fit"),
        ),
        (
            "divide",
            json!({}),
            StateType::Failed,
            Some("the parameter `by` has no value"),
        ),
    ] {
        let id = bench.flow_run(flow, parameters).await;
        let output = bench.execute("two_flows", &id.to_string()).await;
        assert!(
            output.status.success(),
            "the server knows the end: {output:?}"
        );
        let (run, state) = bench.state(id).await;
        assert_eq!(state.kind, kind, "{flow}: {output:?}");
        assert_eq!(run.run_count, 1);
        let told = state.message.unwrap_or_default();
        assert!(told.contains(message.unwrap_or_default()), "{flow}: {told}");
    }
}

#[tokio::test]
async fn a_flow_that_the_program_lacks_is_a_crash() {
    let bench = Bench::start().await;
    let id = bench.flow_run("gone", json!({})).await;
    let output = bench.execute("two_flows", &id.to_string()).await;
    assert!(output.status.success(), "{output:?}");
    let (run, state) = bench.state(id).await;
    assert_eq!((state.kind, run.run_count), (StateType::Crashed, 0));
    let message = state.message.unwrap_or_default();
    assert!(
        message.contains("the flow `gone` is not in this program"),
        "{message}"
    );
}

#[tokio::test]
async fn a_run_that_has_begun_elsewhere_is_left_alone() {
    let bench = Bench::start().await;
    for kind in [
        StateType::Running,
        StateType::Completed,
        StateType::Cancelling,
    ] {
        let id = bench.flow_run("add", json!({})).await;
        for step in [StateType::Pending, StateType::Running, kind] {
            let answer = bench
                .client
                .set_flow_run_state(id, State::new(step), Uuid::new_v4())
                .await;
            answer.expect("an answer");
        }
        let (before, _) = bench.state(id).await;
        let output = bench.execute("two_flows", &id.to_string()).await;
        assert!(output.status.success(), "{output:?}");
        let (after, state) = bench.state(id).await;
        assert_eq!(state.kind, kind);
        assert_eq!(after.run_count, before.run_count);
    }
}

#[tokio::test]
async fn a_run_that_cannot_be_reported_is_a_failure() {
    let bench = Bench::start().await;
    let output = bench.execute("two_flows", "not-an-id").await;
    assert!(!output.status.success());
    let text = String::from_utf8_lossy(&output.stderr);
    assert!(
        text.contains("`not-an-id` is no id of a flow run"),
        "{text}"
    );
    let output = bench
        .execute("two_flows", &Uuid::new_v4().to_string())
        .await;
    assert!(!output.status.success());
    let text = String::from_utf8_lossy(&output.stderr);
    assert!(text.contains("the server has no flow run"), "{text}");
    assert!(!text.contains(bench.server.auth_string()), "{text}");
}

/// The kinds and names of all states, oldest first.
async fn history(bench: &Bench, id: Uuid) -> Vec<String> {
    let states = bench.client.flow_run_states(id).await.expect("states");
    let names = states
        .into_iter()
        .map(|state| state.name.unwrap_or_default());
    names.collect()
}

#[tokio::test]
async fn a_failed_run_is_tried_again_as_declared() {
    let bench = Bench::start().await;
    let file = bench.file();
    let id = bench.flow_run("flaky", json!({"file": file})).await;
    let output = bench.execute("attempts", &id.to_string()).await;
    assert!(output.status.success(), "{output:?}");
    assert_eq!(
        history(&bench, id).await,
        [
            "Scheduled",
            "Running",
            "AwaitingRetry",
            "Running",
            "Completed"
        ]
    );
    let (run, _) = bench.state(id).await;
    assert_eq!((run.name.as_str(), run.run_count), ("flaky-1", 2));
    assert_eq!(run.empirical_policy["retries"], json!(2));
    let version = run.flow_version.expect("a version");
    assert!(version.len() == 64 && version.bytes().all(|byte| byte.is_ascii_hexdigit()));

    let file = bench.file();
    let id = bench
        .flow_run("flaky", json!({"file": file, "failures": 5}))
        .await;
    bench.execute("attempts", &id.to_string()).await;
    let (run, state) = bench.state(id).await;
    assert_eq!((state.kind, run.run_count), (StateType::Failed, 3));
    assert_eq!(state.message.as_deref(), Some("attempt 3 failed"));
}

#[tokio::test]
async fn retries_that_somebody_gave_to_the_run_win() {
    let bench = Bench::start().await;
    let file = bench.file();
    let id = bench
        .flow_run("flaky", json!({"file": file, "failures": 5}))
        .await;
    let policy = json!({"retries": 0, "pause_keys": ["kept"]});
    let update = FlowRunUpdate {
        empirical_policy: policy.as_object().cloned(),
        ..FlowRunUpdate::default()
    };
    bench
        .client
        .update_flow_run(id, &update)
        .await
        .expect("an update");
    let mut command = bench.command("attempts", &id.to_string());
    command.env("LONGSHORE_ARTIFACT_SHA256", "abc123");
    command.output().await.expect("the example");
    let (run, state) = bench.state(id).await;
    assert_eq!((state.kind, run.run_count), (StateType::Failed, 1));
    assert_eq!(run.empirical_policy["pause_keys"], json!(["kept"]));
    assert_eq!(run.flow_version.as_deref(), Some("abc123"));
}

#[tokio::test]
async fn the_time_of_the_next_attempt_is_the_servers() {
    let bench = Bench::start().await;
    let file = bench.file();
    let id = bench.flow_run("patient", json!({"file": file})).await;
    let output = bench.execute("attempts", &id.to_string()).await;
    assert!(output.status.success(), "{output:?}");
    let states = bench.client.flow_run_states(id).await.expect("states");
    let [_, _, waiting, running, completed] = states.as_slice() else {
        panic!("five states, not {states:?}");
    };
    let due = waiting.state_details.scheduled_time.expect("a time");
    let began = running.timestamp.expect("a time");
    let early = (due - began).num_milliseconds();
    assert!(early <= 500, "it began {early} ms early");
    let waited = began - waiting.timestamp.expect("a time");
    assert!(waited >= chrono::TimeDelta::milliseconds(1500), "{waited}");
    assert_eq!(completed.kind, StateType::Completed);
}

#[tokio::test]
async fn answers_that_are_lost_change_nothing() {
    let bench = Bench::start().await;
    let file = bench.file();
    let id = bench.flow_run("flaky", json!({"file": file})).await;
    // Those to Running, to Failed, which has become AwaitingRetry, and to Running.
    let gate = Gate::before(&bench.server.api_url(), "/set_state", 3).await;
    let mut command = bench.command("attempts", &id.to_string());
    let output = command.env("PREFECT_API_URL", &gate.api_url).output().await;
    assert!(output.expect("the example").status.success());
    assert_eq!(
        history(&bench, id).await,
        [
            "Scheduled",
            "Running",
            "AwaitingRetry",
            "Running",
            "Completed"
        ]
    );
    let (run, _) = bench.state(id).await;
    assert_eq!(run.run_count, 2);
}

#[tokio::test]
async fn a_time_limit_ends_every_kind_of_function() {
    let bench = Bench::start().await;
    for flow in ["asleep", "stuck"] {
        let id = bench.flow_run(flow, json!({})).await;
        let name = id.to_string();
        let run = bench.execute("attempts", &name);
        let output = tokio::time::timeout(Duration::from_secs(60), run).await;
        let output = output.expect("the process leaves");
        assert!(output.status.success(), "{flow}: {output:?}");
        let (_, state) = bench.state(id).await;
        assert_eq!(state.kind, StateType::Failed, "{flow}");
        assert_eq!(state.name.as_deref(), Some("TimedOut"), "{flow}");
        assert_eq!(
            state.message.as_deref(),
            Some("Flow run exceeded timeout of 0.2 second(s)")
        );
    }
}

#[cfg(unix)]
#[tokio::test]
async fn a_further_attempt_does_not_run_beside_one_that_cannot_be_stopped() {
    let bench = Bench::start().await;
    for flow in ["stubborn", "spinning"] {
        let file = bench.file();
        let id = bench.flow_run(flow, json!({"file": file})).await;
        let mut process = bench
            .command("attempts", &id.to_string())
            .spawn()
            .expect("the example");
        let ended = tokio::time::timeout(Duration::from_secs(60), process.wait()).await;
        assert!(
            ended
                .expect("the process leaves")
                .expect("a status")
                .success(),
            "{flow}"
        );
        assert_eq!(
            history(&bench, id).await,
            [
                "Scheduled",
                "Running",
                "AwaitingRetry",
                "Running",
                "Completed"
            ],
            "{flow}"
        );
    }
}

#[tokio::test]
async fn of_two_processes_one_runs_the_flow() {
    let bench = Bench::start().await;
    for _ in 0..5 {
        let file = bench.file();
        let id = bench
            .flow_run("flaky", json!({"file": file, "failures": 0}))
            .await;
        let name = id.to_string();
        let (first, second) = tokio::join!(
            bench.execute("attempts", &name),
            bench.execute("attempts", &name)
        );
        assert!(
            first.status.success() && second.status.success(),
            "{first:?} {second:?}"
        );
        let attempts = std::fs::read_to_string(&file).expect("the file");
        assert_eq!(attempts.lines().count(), 1, "{first:?} {second:?}");
        let (_, state) = bench.state(id).await;
        assert_eq!(state.kind, StateType::Completed);
    }
}

#[tokio::test]
async fn a_run_that_was_cancelled_before_it_began_ends() {
    let bench = Bench::start().await;
    let id = bench.flow_run("add", json!({})).await;
    for kind in [StateType::Pending, StateType::Cancelling] {
        let answer = bench
            .client
            .set_flow_run_state(id, State::new(kind), Uuid::new_v4())
            .await;
        answer.expect("an answer");
    }
    let output = bench.execute("two_flows", &id.to_string()).await;
    assert!(output.status.success(), "{output:?}");
    let (run, state) = bench.state(id).await;
    assert_eq!((state.kind, run.run_count), (StateType::Cancelled, 0));
}

#[tokio::test]
async fn a_run_that_waits_for_its_own_process_is_left_to_it() {
    let bench = Bench::start().await;
    let file = bench.file();
    let id = bench.flow_run("flaky", json!({"file": file})).await;
    let policy = json!({"retries": 2, "retry_delay": 0});
    let update = FlowRunUpdate {
        empirical_policy: policy.as_object().cloned(),
        ..FlowRunUpdate::default()
    };
    bench
        .client
        .update_flow_run(id, &update)
        .await
        .expect("an update");
    for kind in [StateType::Pending, StateType::Running, StateType::Failed] {
        let answer = bench
            .client
            .set_flow_run_state(id, State::new(kind), Uuid::new_v4())
            .await;
        answer.expect("an answer");
    }
    let output = bench.execute("attempts", &id.to_string()).await;
    assert!(output.status.success(), "{output:?}");
    let (_, state) = bench.state(id).await;
    assert_eq!(state.name.as_deref(), Some("AwaitingRetry"));
}
