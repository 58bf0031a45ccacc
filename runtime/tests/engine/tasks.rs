//! Task runs as the server has them.

use std::time::Duration;

use longshore_prefect::{StateType, TaskRun};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::bench::Bench;
use crate::gate::Gate;

/// Runs a flow of the example to its end, which is a good one.
async fn run(bench: &Bench, flow: &str, parameters: Value) -> Uuid {
    let id = bench.flow_run(flow, parameters).await;
    let output = bench.execute("tasks", &id.to_string()).await;
    let (_, state) = bench.state(id).await;
    assert_eq!(state.kind, StateType::Completed, "{state:?} {output:?}");
    id
}

async fn task_runs(bench: &Bench, run: Uuid) -> Vec<TaskRun> {
    bench.client.task_runs(run).await.expect("the task runs")
}

/// Names with the names and messages of the states.
fn ends(runs: &[TaskRun]) -> Vec<(&str, &str, &str)> {
    runs.iter()
        .map(|run| {
            let state = run.state.as_ref().expect("a state");
            (
                run.name.as_str(),
                state.name.as_deref().unwrap_or_default(),
                state.message.as_deref().unwrap_or_default(),
            )
        })
        .collect()
}

#[tokio::test]
async fn tasks_have_names_keys_tags_times_and_edges() {
    let bench = Bench::start().await;
    let id = run(&bench, "graph", json!({})).await;
    let runs = task_runs(&bench, id).await;
    assert_eq!(
        ends(&runs),
        [
            ("load-0", "Completed", ""),
            ("load-1", "Completed", ""),
            ("sum-0", "Completed", "")
        ]
    );
    let [first, second, sum] = runs.as_slice() else {
        panic!("three task runs, not {runs:?}");
    };
    assert_eq!(
        (first.task_key.as_str(), first.dynamic_key.as_str()),
        ("tasks::load", "0")
    );
    assert_eq!(first.tags, ["input"]);
    assert!(first.start_time <= first.end_time && first.end_time.is_some());
    assert_eq!((first.run_count, first.flow_run_run_count), (1, 1));
    assert_eq!(
        json!(sum.task_inputs),
        json!({"wait_for": [
            {"input_type": "task_run", "id": first.id},
            {"input_type": "task_run", "id": second.id},
        ]})
    );
    let logs = bench.client.logs(id).await.expect("the logs");
    let mut of_tasks: Vec<_> = logs
        .iter()
        .map(|log| (log.message.as_str(), log.name.as_str(), log.task_run_id))
        .collect();
    of_tasks.sort();
    assert_eq!(
        of_tasks,
        [
            ("adding", "prefect.task_runs", Some(sum.id)),
            ("page 1", "prefect.task_runs", Some(first.id)),
            ("page 2", "prefect.task_runs", Some(second.id)),
        ]
    );
}

#[tokio::test]
async fn a_failed_task_is_tried_again() {
    let bench = Bench::start().await;
    let id = run(&bench, "retried", json!({"file": bench.file()})).await;
    let runs = task_runs(&bench, id).await;
    assert_eq!(ends(&runs), [("flaky-0", "Completed", "")]);
    assert_eq!(runs[0].run_count, 2);
}

#[tokio::test]
async fn failures_of_every_kind_are_told() {
    let bench = Bench::start().await;
    let id = run(&bench, "failures", json!({})).await;
    let runs = task_runs(&bench, id).await;
    let ends = ends(&runs);
    let [("give-up-0", "Failed", panic), rest @ ..] = ends.as_slice() else {
        panic!("a panic first, not {ends:?}");
    };
    assert!(
        panic.starts_with("panicked at ") && panic.ends_with("it is too much"),
        "{panic}"
    );
    let limit = |task: &str| format!("the task `{task}` exceeded its time limit of 50ms");
    assert_eq!(
        rest,
        [
            ("refuse-0", "Failed", "no disk"),
            ("sleep-0", "TimedOut", &limit("sleep")),
            (
                "sleep-without-error-0",
                "TimedOut",
                &limit("sleep-without-error")
            ),
        ]
    );
    assert_eq!(runs[0].run_count, 2);
}

#[tokio::test]
async fn tasks_that_are_left_behind_are_cancelled() {
    let bench = Bench::start().await;
    let id = run(&bench, "abandon", json!({})).await;
    let runs = task_runs(&bench, id).await;
    let message = "The call was dropped before its end.";
    assert_eq!(
        ends(&runs),
        [
            ("wait-for-0", "Cancelled", message),
            ("wait-for-1", "Cancelled", message)
        ]
    );
}

#[tokio::test]
async fn a_task_that_takes_a_while_is_seen_running() {
    let bench = Bench::start().await;
    let go = bench.file();
    let id = bench.flow_run("long", json!({"go": go})).await;
    let mut process = bench
        .command("tasks", &id.to_string())
        .spawn()
        .expect("the example");
    let running = async {
        loop {
            if let [run] = task_runs(&bench, id).await.as_slice() {
                break run.state.as_ref().map(|state| state.kind);
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    let state = tokio::time::timeout(Duration::from_secs(30), running).await;
    assert_eq!(state.expect("a task run"), Some(StateType::Running));
    std::fs::write(&go, "").expect("a file");
    assert!(process.wait().await.expect("a status").success());
    assert_eq!(
        ends(&task_runs(&bench, id).await),
        [("wait-for-0", "Completed", "")]
    );
}

#[tokio::test]
async fn many_tasks_arrive_once_although_answers_are_lost() {
    let bench = Bench::start().await;
    let gate = Gate::before(&bench.server.api_url(), "/events", 1).await;
    let id = bench.flow_run("many", json!({"tasks": 250})).await;
    let mut command = bench.command("tasks", &id.to_string());
    let output = command.env("PREFECT_API_URL", &gate.api_url).output().await;
    assert!(output.expect("the example").status.success());
    let runs = task_runs(&bench, id).await;
    assert_eq!(runs.len(), 250);
    assert!(
        ends(&runs)
            .iter()
            .all(|(_, state, _)| *state == "Completed")
    );
}

#[tokio::test]
async fn a_further_attempt_of_the_flow_reuses_its_task_runs() {
    let bench = Bench::start().await;
    let id = run(&bench, "again", json!({"file": bench.file()})).await;
    let runs = task_runs(&bench, id).await;
    assert_eq!(ends(&runs), [("load-0", "Completed", "")]);
    assert_eq!(runs[0].flow_run_run_count, 2);
}
