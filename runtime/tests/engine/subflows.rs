//! Flows that are called from flows: runs of their own.

use longshore_prefect::{FlowRun, State, StateType, TaskRun};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::bench::Bench;

/// Runs a flow of the example to its end, which is a good one.
async fn run(bench: &Bench, flow: &str, parameters: Value) -> Uuid {
    let id = bench.flow_run(flow, parameters).await;
    let output = bench.execute("subflows", &id.to_string()).await;
    let (_, state) = bench.state(id).await;
    assert_eq!(state.kind, StateType::Completed, "{state:?} {output:?}");
    id
}

async fn children(bench: &Bench, run: Uuid) -> Vec<FlowRun> {
    bench.client.child_runs(run).await.expect("the children")
}

async fn task_runs(bench: &Bench, run: Uuid) -> Vec<TaskRun> {
    bench.client.task_runs(run).await.expect("the task runs")
}

/// The name of the state that a run is in, with its message.
fn end(run: &FlowRun) -> (&str, &str) {
    let state = run.state.as_ref().expect("a state");
    let message = state.message.as_deref().unwrap_or_default();
    (state.name.as_deref().unwrap_or_default(), message)
}

async fn history(bench: &Bench, run: Uuid) -> Vec<String> {
    let states = bench.client.flow_run_states(run).await.expect("states");
    let names = states.into_iter().filter_map(|state| state.name);
    names.collect()
}

#[tokio::test]
async fn a_child_has_states_parameters_tasks_and_logs_of_its_own() {
    let bench = Bench::start().await;
    let id = run(&bench, "parent", json!({})).await;
    let of_parent = task_runs(&bench, id).await;
    let names: Vec<_> = of_parent.iter().map(|run| run.name.as_str()).collect();
    assert_eq!(names, ["load-0", "region-0", "region-1"]);
    let children = children(&bench, id).await;
    let [north, south] = children.as_slice() else {
        panic!("two children, not {children:?}");
    };
    for (child, name, stand_in) in [(north, "north", 1), (south, "south", 2)] {
        assert_eq!(child.name, format!("region-{name}"));
        assert_eq!(child.parameters["name"], json!(name));
        assert_eq!(child.parameters["base"], json!(2));
        assert_eq!(child.parent_task_run_id, Some(of_parent[stand_in].id));
        assert_eq!(child.flow_version.as_ref().map(String::len), Some(64));
        assert_eq!(
            history(&bench, child.id).await,
            ["Pending", "Running", "Completed"]
        );
        let state = of_parent[stand_in].state.as_ref().expect("a state");
        assert_eq!(
            state.kind,
            StateType::Completed,
            "the parent's task run follows"
        );
        let tasks = task_runs(&bench, child.id).await;
        assert_eq!((tasks.len(), tasks[0].name.as_str()), (1, "load-0"));
        let logs = bench.client.logs(child.id).await.expect("the logs");
        let lines: Vec<_> = logs.iter().map(|log| log.message.as_str()).collect();
        assert_eq!(
            lines,
            [
                format!("region-{name} of region, attempt 1").as_str(),
                "spawned by a child"
            ]
        );
    }
    let logs = bench.client.logs(id).await.expect("the logs");
    let lines: Vec<_> = logs.iter().map(|log| log.message.as_str()).collect();
    assert_eq!(lines, ["of the parent"]);
}

#[tokio::test]
async fn retries_time_limits_and_failures_are_the_childs() {
    let bench = Bench::start().await;
    let id = run(&bench, "hard", json!({"file": bench.file()})).await;
    let children = children(&bench, id).await;
    let mut ends = std::collections::BTreeMap::new();
    for child in &children {
        let stand_in = child.parent_task_run_id.expect("a task run");
        let of_parent = task_runs(&bench, id).await;
        let stand_in = of_parent.iter().find(|run| run.id == stand_in);
        let name = stand_in.expect("the task run").name.clone();
        ends.insert(name, (child.run_count, end(child)));
    }
    assert_eq!(ends["flaky-0"], (2, ("Completed", "")));
    assert_eq!(ends["plain-0"], (1, ("Completed", "")));
    assert_eq!(
        ends["slow-0"],
        (
            1,
            ("TimedOut", "Flow run exceeded timeout of 0.1 second(s)")
        )
    );
    assert_eq!(ends["refuse-0"], (1, ("Failed", "no disk")));
    let flaky = children.iter().find(|child| child.run_count == 2);
    let logs = bench.client.logs(flaky.expect("a child").id).await;
    let logs = logs.expect("the logs");
    let lines: Vec<_> = logs.iter().map(|log| log.message.as_str()).collect();
    assert_eq!(lines[0], "flow run failed: too early");
    assert!(lines[1].starts_with("the next attempt"), "{lines:?}");
    let (count, (state, message)) = ends["give-up-0"];
    assert_eq!((count, state), (1, "Failed"));
    assert!(
        message.starts_with("panicked at ") && message.ends_with("it is too much"),
        "{message}"
    );
}

/// A server that has such a number answers 500 to every list with the run.
#[tokio::test]
async fn an_argument_that_no_server_can_return_is_shown_as_a_string() {
    let bench = Bench::start().await;
    let id = run(&bench, "large", json!({"file": bench.file()})).await;
    let children = children(&bench, id).await;
    let [child] = children.as_slice() else {
        panic!("one child, not {children:?}");
    };
    assert_eq!((child.run_count, end(child)), (2, ("Completed", "")));
    assert_eq!(child.parameters["number"], json!(u64::MAX.to_string()));
}

#[tokio::test]
async fn plain_functions_call_plain_functions() {
    let bench = Bench::start().await;
    let id = run(&bench, "plainly", json!({})).await;
    let children = children(&bench, id).await;
    assert_eq!(children.len(), 1);
    assert_eq!(
        children[0].parameters,
        *json!({"number": 1}).as_object().expect("an object")
    );
    let tasks = task_runs(&bench, children[0].id).await;
    assert_eq!(tasks[0].name, "add-one-0");
    let logs = bench.client.logs(children[0].id).await.expect("the logs");
    assert_eq!(logs[0].message, "plain 2");
}

#[tokio::test]
async fn a_further_attempt_of_the_parent_makes_runs_anew() {
    let bench = Bench::start().await;
    let id = run(&bench, "again", json!({"file": bench.file()})).await;
    let children = children(&bench, id).await;
    let ends: Vec<_> = children.iter().map(end).collect();
    assert_eq!(ends, [("Completed", ""), ("Completed", "")]);
    assert_eq!(
        children[0].parent_task_run_id,
        children[1].parent_task_run_id
    );
}

#[tokio::test]
async fn children_that_are_left_behind_are_cancelled() {
    let bench = Bench::start().await;
    let id = run(&bench, "abandon", json!({})).await;
    let children = children(&bench, id).await;
    let message = "The call was dropped before its end.";
    let ends: Vec<_> = children.iter().map(end).collect();
    assert_eq!(ends, [("Cancelled", message), ("Cancelled", message)]);
}

#[cfg(unix)]
#[tokio::test]
async fn children_end_with_the_process() {
    let bench = Bench::start().await;
    let id = run_until_sigterm(&bench, None).await;
    let children = children(&bench, id).await;
    assert_eq!(end(&children[0]).0, "Crashed");
    let (_, state) = bench.state(id).await;
    assert_eq!(state.kind, StateType::Crashed);
}

#[cfg(unix)]
#[tokio::test]
async fn children_are_cancelled_with_their_caller() {
    let bench = Bench::start().await;
    let id = run_until_sigterm(&bench, Some(StateType::Cancelling)).await;
    let children = children(&bench, id).await;
    let message = "The flow run that called it was cancelled.";
    assert_eq!(end(&children[0]), ("Cancelled", message));
    let (_, state) = bench.state(id).await;
    assert_eq!(state.kind, StateType::Cancelled);
}

/// Runs a flow whose subflow is under way when SIGTERM comes, after the run was brought into a state from outside.
#[cfg(unix)]
async fn run_until_sigterm(bench: &Bench, before: Option<StateType>) -> Uuid {
    let begun = bench.file();
    let id = bench.flow_run("nested", json!({"begun": begun})).await;
    let mut command = bench.command("subflows", &id.to_string());
    let mut process = command
        .env("LONGSHORE_GRACE", "100ms")
        .spawn()
        .expect("the example");
    while !std::path::Path::new(&begun).exists() {
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    if let Some(kind) = before {
        let told = bench
            .client
            .set_flow_run_state(id, State::new(kind), Uuid::new_v4());
        told.await.expect("an answer");
    }
    let pid = process.id().and_then(|id| i32::try_from(id).ok());
    let pid = pid
        .and_then(rustix::process::Pid::from_raw)
        .expect("a process");
    rustix::process::kill_process(pid, rustix::process::Signal::TERM).expect("a signal");
    assert!(process.wait().await.expect("a status").success());
    id
}

#[tokio::test]
async fn outside_of_a_run_a_flow_is_a_function() {
    let output = Bench::local("subflows", &["parent"]).await;
    assert!(!output.status.success(), "the example asks for a run");
    let output = Bench::local("subflows", &["region", "--name", "north", "--base", "1"]).await;
    assert!(output.status.success(), "{output:?}");
    let text = String::from_utf8_lossy(&output.stderr);
    assert!(text.contains("spawned by a child"), "{text}");
}
