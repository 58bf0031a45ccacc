//! Flow runs as a stock worker of a real Prefect starts them: states, attempts, task runs, edges and logs, read back.

mod context;
mod endurance;
mod observer;

use std::path::Path;

use longshore_prefect::{State, StateType};
use longshore_rig::{PrefectServer, Version, Worker};
use serde_json::json;
use uuid::Uuid;

use self::observer::{Observer, process_in, until, wait_for_end, without_submission};
use crate::process::finish;
use crate::runner;
use crate::workspace::Workspace;

const DEPENDENCIES: &str = "tokio = { version = \"1\", features = [\"macros\", \"time\"] }\n\
                            tracing = { version = \"0.1\", default-features = false }\n";

const TRIALS: &str = r#"
use std::error::Error;
use std::path::Path;

use longshore::{deployment, flow, task};

type BoxError = Box<dyn Error + Send + Sync>;

#[flow(retries = 1, retry_delay = "1s", timeout = "3s", run_name = "trial-{how}")]
#[deployment(name = "trial")]
async fn trial(how: String, folder: String) -> Result<(), BoxError> {
    let mark = Path::new(&folder).join(&how);
    let is_first = !mark.exists();
    std::fs::write(&mark, "")?;
    match how.as_str() {
        "well" => {
            tracing::info!(answer = 42, "all is well");
            let (left, right) = tokio::join!(load(1), load(2));
            let first = slow(left + right);
            let id = first.id();
            let sum = first.await;
            let again = flaky(folder).after([id]).await?;
            tracing::warn!("sum {sum}, attempts {again}");
            Ok(())
        }
        "late" if is_first => Err("too early".into()),
        "late" => Ok(()),
        "panic" => panic!("it was told to"),
        "timeout" => std::future::pending().await,
        other => {
            let source = std::io::Error::other("no disk");
            let _ = refuse().await;
            Err(format!("it ended {other}: {source}").into())
        }
    }
}

/// Tells its process and waits for ever.
#[flow(retries = 1)]
#[deployment(name = "endless")]
async fn endless(how: String, folder: String) -> Result<(), BoxError> {
    tracing::info!("it begins");
    let wait = endlessly().start();
    let left = Path::new(&folder).join(format!("{how}.left"));
    let line = format!("sleep 600 & printf %s $! >{}", left.display());
    std::process::Command::new("sh").args(["-c", &line]).status()?;
    std::fs::write(Path::new(&folder).join(how), std::process::id().to_string())?;
    wait.await;
    Ok(())
}

#[task]
async fn endlessly() {
    std::future::pending().await
}

#[task(tags = ["input"])]
async fn load(page: u32) -> u32 {
    tracing::info!("page {page}");
    page
}

#[task]
async fn slow(sum: u32) -> u32 {
    tokio::time::sleep(std::time::Duration::from_millis(1700)).await;
    sum
}

#[task(retries = 2, retry_delay = "100ms")]
fn flaky(folder: String) -> Result<u32, BoxError> {
    let mark = Path::new(&folder).join("flaky");
    if mark.exists() {
        return Ok(2);
    }
    std::fs::write(&mark, "")?;
    Err("not yet".into())
}

#[task]
async fn refuse() -> Result<(), BoxError> {
    Err("no disk".into())
}
"#;

#[test]
fn flow_runs_of_prefect_3_look_as_those_of_python() {
    check_engine(Version::Prefect3);
}

#[test]
fn flow_runs_of_prefect_2_look_as_those_of_python() {
    check_engine(Version::Prefect2);
}

fn check_engine(version: Version) {
    let server = PrefectServer::start(version).expect("a Prefect server");
    let mut workspace = Workspace::new();
    workspace.flow("demo/trial", DEPENDENCIES, TRIALS);
    workspace.flow("demo/family", DEPENDENCIES, context::FAMILY);
    let mut deploy = workspace.cargo(&["run", "--bin", "deploy", "--", "--profile", "dev"]);
    deploy
        .arg("--create-pools")
        .env("PREFECT_API_URL", server.api_url());
    finish(&mut deploy).code(0);
    let observer = Observer::of(&server);
    let deployment = observer.deployment("trial");
    let folder = tempfile::tempdir().expect("a folder");
    let [well, late, badly, panic, timeout] = ["well", "late", "badly", "panic", "timeout"]
        .map(|how| observer.start_run(deployment, how, folder.path()));
    context::prepare(&observer);
    let worker = runner::worker(&server, &workspace.root(), &workspace.beside("cache"), &[]);

    let once = ["Scheduled", "Pending", "Running", "Completed"];
    assert_eq!(without_submission(observer.states(well, &worker)), once);
    check_success(&observer, well);

    let twice = [
        "Scheduled",
        "Pending",
        "Running",
        "AwaitingRetry",
        "Running",
    ];
    for (id, end, message) in [
        (late, "Completed", ""),
        (badly, "Failed", "it ended badly: no disk"),
        (panic, "Failed", "it was told to"),
        (
            timeout,
            "TimedOut",
            "Flow run exceeded timeout of 3 second(s)",
        ),
    ] {
        let mut expected = twice.to_vec();
        expected.push(end);
        assert_eq!(without_submission(observer.states(id, &worker)), expected);
        let run = observer.run(id);
        assert_eq!(run.run_count, 2, "{}", run.name);
        assert_eq!(run.empirical_policy["retries"], json!(1));
        let state = run.state.expect("a state");
        let told = state.message.unwrap_or_default();
        assert!(told.ends_with(message), "{told}");
    }
    let refused = observer.task_runs(badly, 1);
    let family = observer.deployment("family");
    let family = observer.start_run(family, "whole", folder.path());
    context::check(&observer, family, &worker);
    check_ends_from_outside(&observer, &worker, folder.path());
    let state = refused[0].state.as_ref().expect("a state");
    assert_eq!(
        (state.kind, state.message.as_deref()),
        (StateType::Failed, Some("no disk"))
    );
}

/// A run that is cancelled ends in Cancelled, one whose process is killed in Crashed; no process stays.
fn check_ends_from_outside(observer: &Observer, worker: &Worker, folder: &Path) {
    let deployment = observer.deployment("endless");
    for how in ["cancelled", "killed"] {
        let id = observer.start_run(deployment, how, folder);
        let process = process_in(&folder.join(how));
        let is_told = || {
            let tasks = observer.ask(|| observer.client.task_runs(id));
            let logs = observer.logs(id);
            (tasks.len() == 1 && logs == [("it begins".to_owned(), 20, None)]).then_some(())
        };
        until(
            || format!("{how}: its task and its line are not there"),
            is_told,
        );
        if how == "cancelled" {
            let cancelling = State::new(StateType::Cancelling);
            let asked = observer
                .client
                .set_flow_run_state(id, cancelling, Uuid::new_v4());
            observer.runtime.block_on(asked).expect("an answer");
        } else {
            // Nobody is left who could end what it has started.
            let left = process_in(&folder.join("killed.left"));
            let mut kill = std::process::Command::new("kill");
            let killed = kill.args(["-9", &process, &left]).status();
            assert!(killed.expect("kill").success());
        }
        let states = observer.states(id, worker);
        wait_for_end(&process);
        let run = observer.run(id);
        assert_eq!(run.run_count, 1, "{how} is not tried again");
        let message = run.state.and_then(|state| state.message);
        let end = states.last().map(String::as_str);
        if how == "cancelled" {
            assert_eq!(end, Some("Cancelled"), "{states:?}");
            let tasks = observer.task_runs(id, 1);
            let state = tasks[0].state.as_ref().map(|state| state.kind);
            assert_eq!(state, Some(StateType::Cancelled));
            wait_for_end(&process_in(&folder.join("cancelled.left")));
        } else {
            assert_eq!(end, Some("Crashed"), "{states:?}");
            let message = message.expect("what the worker has seen");
            assert!(message.contains(" -9"), "{message}");
            // Nobody is left who could tell its end.
            let tasks = observer.ask(|| observer.client.task_runs(id));
            let state = tasks[0].state.as_ref().map(|state| state.kind);
            assert_eq!((tasks.len(), state), (1, Some(StateType::Running)));
        }
    }
}

fn check_success(observer: &Observer, id: Uuid) {
    let run = observer.run(id);
    assert_eq!((run.name.as_str(), run.run_count), ("trial-well", 1));
    assert_eq!(run.flow_version.map(|digest| digest.len()), Some(64));
    let runs = observer.task_runs(id, 4);
    let told: Vec<_> = runs
        .iter()
        .map(|run| {
            let kind = run.state.as_ref().map(|state| state.kind);
            (run.name.as_str(), kind, run.run_count)
        })
        .collect();
    let completed = Some(StateType::Completed);
    assert_eq!(
        told,
        [
            ("flaky-0", completed, 2),
            ("load-0", completed, 1),
            ("load-1", completed, 1),
            ("slow-0", completed, 1),
        ]
    );
    let [flaky, load, _, slow] = runs.as_slice() else {
        panic!("four task runs, not {runs:?}");
    };
    assert_eq!(load.tags, ["input"]);
    let took = slow.end_time.expect("an end") - slow.start_time.expect("a start");
    assert!(took.num_milliseconds() >= 1200, "{took}");
    assert_eq!(
        observer.graph(id),
        json!({"flaky-0": ["slow-0"], "load-0": [], "load-1": [], "slow-0": []})
    );
    let logs = observer.logs(id);
    let has = |text: &str, level: i32, task: Option<Uuid>| {
        logs.iter()
            .any(|(message, its, of)| message == text && *its == level && *of == task)
    };
    assert!(has("all is well answer=42", 20, None), "{logs:?}");
    assert!(has("page 1", 20, Some(load.id)), "{logs:?}");
    assert!(has("sum 3, attempts 2", 30, None), "{logs:?}");
    let warning = logs
        .iter()
        .find(|(_, level, of)| *level == 30 && of.is_some());
    assert_eq!(warning.map(|(_, _, of)| *of), Some(Some(flaky.id)));
}
