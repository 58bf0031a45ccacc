//! Twenty runs that begin at once, one of them with two hundred tasks in parallel.

use std::collections::BTreeSet;
use std::path::Path;

use longshore_prefect::StateType;
use longshore_rig::Worker;
use serde_json::{Value, json};
use uuid::Uuid;

use super::super::observer::{Observer, process_in, wait_for_end, without_submission};

pub(super) const FLOWS: &str = r#"
use std::error::Error;
use std::fs::File;
use std::io::Write as _;
use std::path::Path;
use std::sync::LazyLock;

use longshore::{TaskCall, deployment, flow, task};
use tokio::sync::Barrier;

type BoxError = Box<dyn Error + Send + Sync>;

/// Leaves a line each time it runs.
fn leave(how: &str, folder: &str) -> std::io::Result<()> {
    let mut file = File::options().create(true).append(true).open(Path::new(folder).join(how))?;
    writeln!(file, "{}", std::process::id())
}

#[flow]
#[deployment(name = "brief")]
fn brief(how: String, folder: String) -> Result<(), BoxError> {
    leave(&how, &folder)?;
    tracing::info!("it was {how}");
    Ok(())
}

static ALL: LazyLock<Barrier> = LazyLock::new(|| Barrier::new(200));

/// Ends only if all of its tasks run at the same time.
#[flow(timeout = "3m")]
#[deployment(name = "crowd")]
async fn crowd(how: String, folder: String) -> Result<(), BoxError> {
    leave(&how, &folder)?;
    let parts: Vec<TaskCall<u32>> = (0..200).map(|number| part(number).start()).collect();
    let ids: Vec<_> = parts.iter().map(TaskCall::id).collect();
    let mut values = Vec::new();
    for part in parts {
        values.push(part.await);
    }
    let total = total(values).after(ids).await;
    tracing::info!("all together {total}");
    Ok(())
}

#[task]
async fn part(number: u32) -> u32 {
    ALL.wait().await;
    tracing::info!("part {number}");
    number
}

#[task]
async fn total(values: Vec<u32>) -> u32 {
    values.iter().sum()
}
"#;

/// Beside the one with many tasks.
const RUNS: usize = 19;

pub(super) struct Crowds {
    brief: Vec<(String, Uuid)>,
    crowd: Uuid,
}

/// Makes all of the runs, while there is no worker.
pub(super) fn submit(observer: &Observer, folder: &Path) -> Crowds {
    let deployment = observer.deployment("brief");
    let brief = (0..RUNS).map(|number| {
        let how = format!("brief-{number}");
        let id = observer.start_run(deployment, &how, folder);
        (how, id)
    });
    Crowds {
        brief: brief.collect(),
        crowd: observer.start_run(observer.deployment("crowd"), "crowd", folder),
    }
}

pub(super) fn check(observer: &Observer, crowds: &Crowds, folder: &Path, worker: &Worker) {
    for (how, id) in &crowds.brief {
        check_run(observer, (how, *id), folder, worker);
        let own = [(format!("it was {how}"), 20, None)];
        assert_eq!(observer.logs(*id), own);
    }
    check_run(observer, ("crowd", crowds.crowd), folder, worker);
    check_tasks(observer, crowds.crowd);
}

/// It has completed, ran once, and its process is gone.
fn check_run(observer: &Observer, (how, id): (&str, Uuid), folder: &Path, worker: &Worker) {
    let states = without_submission(observer.states(id, worker));
    let once = ["Scheduled", "Pending", "Running", "Completed"];
    assert_eq!(states, once, "{how}");
    assert_eq!(observer.run(id).run_count, 1, "{how}");
    let left = process_in(&folder.join(how));
    let [process] = left.lines().collect::<Vec<_>>()[..] else {
        panic!("{how} ran more than once: {left}");
    };
    // It stays until the last lines of its log are sent.
    wait_for_end(process);
}

fn check_tasks(observer: &Observer, id: Uuid) {
    let runs = observer.task_runs(id, 201);
    let names: BTreeSet<&str> = runs.iter().map(|run| run.name.as_str()).collect();
    let parts: BTreeSet<String> = (0..200).map(|number| format!("part-{number}")).collect();
    let expected = parts
        .iter()
        .map(String::as_str)
        .chain(["total-0"])
        .collect();
    assert_eq!(names, expected);
    for run in &runs {
        let kind = run.state.as_ref().map(|state| state.kind);
        assert_eq!(
            (kind, run.run_count),
            (Some(StateType::Completed), 1),
            "{run:?}"
        );
    }
    let graph = observer.graph(id);
    for (name, before) in graph.as_object().expect("an object") {
        let before = before.as_array().expect("an array");
        if name == "total-0" {
            assert_eq!(before.len(), 200, "each edge once");
            let before: BTreeSet<&str> = before.iter().filter_map(Value::as_str).collect();
            assert_eq!(before, parts.iter().map(String::as_str).collect());
        } else {
            assert_eq!(json!(before), json!([]), "{name}");
        }
    }
    let logs = observer.logs(id);
    let of_parts: BTreeSet<(String, Option<Uuid>)> = logs
        .iter()
        .filter(|log| log.2.is_some())
        .map(|log| (log.0.clone(), log.2))
        .collect();
    let expected = runs.iter().filter_map(|run| {
        let number = run.name.strip_prefix("part-")?;
        Some((format!("part {number}"), Some(run.id)))
    });
    assert_eq!(of_parts, expected.collect());
    assert_eq!(logs.len(), 201, "200 of the parts and one of the flow");
}
