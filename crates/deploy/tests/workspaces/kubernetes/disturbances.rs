//! Faults around a run: its process, its pod, the quota, the workers, the API server.

use std::process::Command;

use longshore_prefect::StateType;
use longshore_rig::{Worker, processes_of_run};
use serde_json::json;
use uuid::Uuid;

use super::scene::{Scene, indices};

/// Numbers of runs in progress while the workers or the API server are replaced.
const UNDER_WORKERS: usize = 20;
const UNDER_API_SERVER: usize = 5;

pub(super) async fn a_killed_run_is_crashed(scene: &Scene) {
    let id = scene.start("ticking", json!({})).await;
    scene.has_logged(id, "tick 1").await;
    kill(id);
    let state = scene.ended(id).await.state.expect("a state");
    assert_eq!(state.kind, StateType::Crashed, "{state:?}");
}

/// Kills the processes of a run from outside of its pod: inside, the kernel protects the first process of a container.
fn kill(id: Uuid) {
    let mut killed = 0;
    for process in processes_of_run(&id.to_string()) {
        let sent = Command::new("kill")
            .arg("-KILL")
            .arg(process.to_string())
            .status();
        killed += usize::from(sent.expect("kill").success());
    }
    assert!(killed > 0, "no process of the run {id} is on this machine");
}

/// Uses the setting of workers for pods with a backoff limit.
pub(super) async fn a_run_that_relinquishes_stops(scene: &Scene) {
    let id = scene.start("relinquishing", json!({})).await;
    scene.has_logged(id, "tick 1").await;
    scene.delete_pod(id);
    let run = scene.ended(id).await;
    let state = run.state.expect("a state");
    assert_eq!(
        (state.kind, run.run_count),
        (StateType::Crashed, 1),
        "{state:?}"
    );
    let messages = scene.messages(id).await;
    let notice = indices(&messages, "received a termination signal")[0];
    let after = &messages[notice + 1..];
    assert!(indices(after, "tick").is_empty(), "{messages:?}");
}

/// A run waits for the quota. A run that is cancelled in this time ends without a call of the flow.
pub(super) async fn a_quota_delays_runs(scene: &Scene) {
    let options = ["--namespace", scene.namespace.name()];
    let quota = json!({
        "apiVersion": "v1",
        "kind": "ResourceQuota",
        "metadata": { "name": "full" },
        "spec": { "hard": { "pods": "0" } },
    });
    let applied = scene.kubernetes.apply(&quota.to_string(), &options);
    applied.expect("a quota");
    let delayed = scene.start("quick", json!({})).await;
    let cancelled = scene.start("quick", json!({})).await;
    for id in [delayed, cancelled] {
        let exceeded = async || scene.events(id).contains("exceeded quota");
        scene.until(id, "an event of the quota", exceeded).await;
        let state = scene.run(id).await.state.expect("a state");
        assert_eq!(state.kind, StateType::Pending, "{state:?}");
    }
    scene.cancel(cancelled).await;
    let [option, namespace] = options;
    let deleted = scene
        .kubernetes
        .run(&["delete", "resourcequota", "full", option, namespace]);
    deleted.expect("no quota");
    let state = scene.ended(delayed).await.state.expect("a state");
    assert_eq!(state.kind, StateType::Completed, "{state:?}");
    let state = scene.ended(cancelled).await.state.expect("a state");
    assert_eq!(state.kind, StateType::Cancelled, "{state:?}");
    let messages = scene.messages(cancelled).await;
    assert!(
        indices(&messages, "hello from a pod").is_empty(),
        "{messages:?}"
    );
}

/// A third worker replaces one that is stopped and one that is killed.
pub(super) async fn runs_survive_their_workers(scene: &Scene, workers: [Worker; 2]) -> Worker {
    let runs = lasting(scene, UNDER_WORKERS).await;
    let [mut first, mut second] = workers;
    second.kill();
    first.stop();
    let ended = async || first.has_ended() && second.has_ended();
    scene.until(runs[0], "the end of the workers", ended).await;
    let third = scene.worker();
    completed_once(scene, &runs).await;
    third
}

pub(super) async fn runs_survive_the_api_server(scene: &Scene) {
    let runs = lasting(scene, UNDER_API_SERVER).await;
    let stopped = scene.kubernetes.stop_api_server();
    let stopped = stopped.expect("no API server");
    scene.has_logged(runs[0], "tick 40").await;
    stopped.start().expect("the API server again");
    completed_once(scene, &runs).await;
    // The workers have reconnected.
    let id = scene.start("quick", json!({})).await;
    let state = scene.ended(id).await.state.expect("a state");
    assert_eq!(state.kind, StateType::Completed, "{state:?}");
}

/// Starts runs that take half a minute, and waits until all of them run.
async fn lasting(scene: &Scene, number: usize) -> Vec<Uuid> {
    let mut runs = Vec::new();
    for _ in 0..number {
        runs.push(scene.start("lasting", json!({})).await);
    }
    for id in &runs {
        scene.has_logged(*id, "tick 0").await;
    }
    runs
}

async fn completed_once(scene: &Scene, runs: &[Uuid]) {
    for id in runs {
        let run = scene.ended(*id).await;
        let state = run.state.expect("a state");
        assert_eq!(
            (state.kind, run.run_count),
            (StateType::Completed, 1),
            "{state:?}"
        );
        let messages = scene.messages(*id).await;
        assert_eq!(indices(&messages, "lasted").len(), 1, "{messages:?}");
    }
}
