//! Flows on a real cluster, under the stock worker of Prefect 3.8.8: any image, cancellation, evictions, crashes.

mod disturbances;
mod identity;
mod manifests;
mod rights;
mod scene;

use std::time::Duration;

use longshore_prefect::StateType;
use serde_json::json;

use disturbances::{
    a_killed_run_is_crashed, a_quota_delays_runs, a_run_that_relinquishes_stops,
    runs_survive_the_api_server, runs_survive_their_workers,
};
use identity::a_workload_identity_fetches;
use rights::each_missing_right_is_named;
use scene::{Scene, indices};

/// Time in which a cancelled run stops: the engine reads its state every ten seconds.
const STOPS_WITHIN: Duration = Duration::from_secs(15);

/// Additional time for a busy machine and a worker.
const SLACK: Duration = Duration::from_secs(20);

/// Number of runs that start at once.
const MANY: usize = 50;

#[test]
fn flows_run_in_pods_of_any_image() {
    let scene = Scene::new();
    // A program that is linked dynamically, in an image with nothing but a C library.
    let create = ["--create-pools", "--create-storage"];
    scene.deploy(&create).code(0).says(&["created"]);
    scene.deploy(&[]).code(0).says(&["nothing changed"]);
    let workers = [scene.worker(), scene.worker()];
    scene.block_on(async {
        tokio::join!(
            a_run_completes(&scene),
            a_wrong_digest_never_runs(&scene),
            a_cancelled_run_stops(&scene, "ticking"),
            a_cancelled_run_stops(&scene, "hanging"),
            a_cancelled_run_cleans_up(&scene),
            a_deleted_pod_is_replaced(&scene),
            a_run_without_memory_is_crashed(&scene),
            an_aborted_run_is_crashed(&scene),
            an_image_that_does_not_exist_is_reported(&scene),
            a_run_that_relinquishes_stops(&scene),
        );
    });
    let of_identity = scene.worker_of_identity();
    scene.block_on(a_workload_identity_fetches(&scene));
    drop(of_identity);
    scene.block_on(many_runs_are_run_once(&scene));
    scene.block_on(a_finished_job_is_removed(&scene));
    scene.block_on(a_quota_delays_runs(&scene));
    let worker = scene.block_on(runs_survive_their_workers(&scene, workers));
    on_this_machine(&scene);
    drop(worker);
    scene.block_on(each_missing_right_is_named(&scene));
    pods_pass_the_restricted_standard(&scene);
    scene.apply_worker();
    // One that is linked statically, in an empty image.
    scene.link_statically();
    scene.deploy(&["--create-pools"]).code(0);
    scene.block_on(a_run_completes(&scene));
}

/// What needs the processes of the cluster.
#[expect(clippy::print_stderr, reason = "the reason why something is left out")]
fn on_this_machine(scene: &Scene) {
    if !scene.kubernetes.is_of_rig() {
        eprintln!("no run is killed and no API server restarted: the cluster is not the rig's");
        return;
    }
    scene.block_on(a_killed_run_is_crashed(scene));
    scene.block_on(runs_survive_the_api_server(scene));
}

async fn a_run_completes(scene: &Scene) {
    let id = scene.start("quick", json!({})).await;
    let run = scene.ended(id).await;
    let state = run.state.expect("a state");
    let messages = scene.messages(id).await;
    assert_eq!(state.kind, StateType::Completed, "{state:?} {messages:?}");
    assert!(
        messages.contains(&"hello from a pod".to_owned()),
        "{messages:?}"
    );
    let tasks = scene.client.task_runs(id).await.expect("the task runs");
    assert_eq!(tasks.len(), 1);
    let artifacts = scene.client.artifacts(id).await.expect("the artifacts");
    assert_eq!(artifacts.len(), 1);
}

async fn a_wrong_digest_never_runs(scene: &Scene) {
    let id = scene
        .start("quick", json!({ "sha256": "1".repeat(64) }))
        .await;
    let state = scene.ended(id).await.state.expect("a state");
    let message = state.message.unwrap_or_default();
    assert_eq!(state.kind, StateType::Crashed, "{message}");
    assert!(
        message.contains("SHA-256") || message.contains("digest"),
        "{message}"
    );
    let messages = scene.messages(id).await;
    assert!(
        !messages.contains(&"hello from a pod".to_owned()),
        "{messages:?}"
    );
}

/// Prefect's Kubernetes worker leaves the pod of a run that is being cancelled alone.
async fn a_cancelled_run_stops(scene: &Scene, flow: &str) {
    let id = scene.start(flow, json!({})).await;
    scene.has_logged(id, "tick 1").await;
    scene.cancel(id).await;
    let ended = scene.ended_within(id, STOPS_WITHIN + SLACK).await;
    let state = ended.state.expect("a state");
    assert_eq!(state.kind, StateType::Cancelled, "{flow}: {state:?}");
    let messages = scene.messages(id).await;
    let notice = indices(&messages, "the flow run is being cancelled")[0];
    let last = indices(&messages, "tick")
        .last()
        .copied()
        .unwrap_or_default();
    // A task may have written one line more when the engine noticed it.
    assert!(last <= notice + 1, "{flow}: {messages:?}");
}

async fn a_cancelled_run_cleans_up(scene: &Scene) {
    let id = scene.start("polite", json!({})).await;
    scene.has_logged(id, "waiting").await;
    scene.cancel(id).await;
    let state = scene.ended(id).await.state.expect("a state");
    assert_eq!(state.kind, StateType::Cancelled, "{state:?}");
    let messages = scene.messages(id).await;
    assert!(messages.contains(&"cleaned up".to_owned()), "{messages:?}");
}

/// An eviction, a drained node and `kubectl delete pod` look the same to the pod: SIGTERM, and later SIGKILL.
async fn a_deleted_pod_is_replaced(scene: &Scene) {
    let id = scene.start("ticking", json!({})).await;
    scene.has_logged(id, "tick 1").await;
    scene.delete_pod(id);
    let again = async || scene.run(id).await.run_count == 2;
    scene.until(id, "another pod", again).await;
    scene.cancel(id).await;
    let state = scene.ended(id).await.state.expect("a state");
    assert_eq!(state.kind, StateType::Cancelled, "{state:?}");
    let messages = scene.messages(id).await;
    let notice = indices(&messages, "received a termination signal")[0];
    let next = messages[notice..]
        .iter()
        .find(|message| message.starts_with("tick"));
    assert!(next.is_none_or(|tick| tick == "tick 0"), "{messages:?}");
}

async fn a_run_without_memory_is_crashed(scene: &Scene) {
    let id = scene.start("hungry", json!({})).await;
    let state = scene.ended(id).await.state.expect("a state");
    assert_eq!(state.kind, StateType::Crashed, "{state:?}");
}

async fn an_aborted_run_is_crashed(scene: &Scene) {
    let id = scene.start("aborting", json!({})).await;
    let state = scene.ended(id).await.state.expect("a state");
    assert_eq!(state.kind, StateType::Crashed, "{state:?}");
}

async fn an_image_that_does_not_exist_is_reported(scene: &Scene) {
    let id = scene.start("missing", json!({})).await;
    let state = scene.ended(id).await.state.expect("a state");
    assert_eq!(state.kind, StateType::Crashed, "{state:?}");
    let messages = scene.messages(id).await.join("\n");
    assert!(
        messages.contains("ErrImagePull") || messages.contains("ImagePullBackOff"),
        "{messages}"
    );
}

/// Two workers share the pool.
async fn many_runs_are_run_once(scene: &Scene) {
    let mut runs = Vec::new();
    for _ in 0..MANY {
        runs.push(scene.start("quick", json!({})).await);
    }
    for id in runs {
        let run = scene.ended(id).await;
        let state = run.state.expect("a state");
        assert_eq!((state.kind, run.run_count), (StateType::Completed, 1));
        assert_eq!(
            indices(&scene.messages(id).await, "hello from a pod").len(),
            1
        );
    }
}

async fn a_finished_job_is_removed(scene: &Scene) {
    let id = scene.start("quick", json!({ "finished_job_ttl": 1 })).await;
    scene.has_logged(id, "hello from a pod").await;
    let removed = async || !scene.has_job(id);
    scene.until(id, "the removal of its job", removed).await;
    // The worker does not take a removed job for a crashed one.
    let state = scene.ended(id).await.state.expect("a state");
    assert_eq!(state.kind, StateType::Completed, "{state:?}");
}

/// The API server itself judges the pod of a run, in a namespace that enforces the standard.
fn pods_pass_the_restricted_standard(scene: &Scene) {
    let mut jobs = scene
        .kubernetes
        .get(&["jobs", "--namespace", scene.namespace.name()])
        .expect("the jobs");
    let mut pod = jobs["items"][0]["spec"]["template"].take();
    pod["apiVersion"] = json!("v1");
    pod["kind"] = json!("Pod");
    pod["metadata"] = json!({ "name": "judged" });
    // The cluster's policy gives pods of other namespaces the network of the machine.
    pod["spec"]["hostNetwork"] = json!(false);
    // The account of the run is in its own namespace.
    pod["spec"]["serviceAccountName"] = json!("default");
    pod["spec"]["serviceAccount"] = json!("default");
    let labels = [
        ("pod-security.kubernetes.io/enforce", "restricted"),
        ("longshore.test/network", "pod"),
    ];
    let name = format!("{}-restricted", scene.namespace.name());
    let judge = scene
        .kubernetes
        .namespace(&name, &labels)
        .expect("a namespace");
    let options = ["--namespace", judge.name(), "--dry-run=server"];
    scene
        .kubernetes
        .apply(&pod.to_string(), &options)
        .expect("the API server admits the pod");
    pod["spec"]["containers"][0]["securityContext"]["allowPrivilegeEscalation"] = json!(true);
    let refused = scene
        .kubernetes
        .apply(&pod.to_string(), &options)
        .expect_err("it judges");
    assert!(refused.to_string().contains("restricted"), "{refused}");
}
