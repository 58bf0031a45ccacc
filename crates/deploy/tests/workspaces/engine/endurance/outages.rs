//! A worker that is stopped or killed, and a server that is stopped or killed, while a run goes on.

use std::fs;
use std::path::Path;

use longshore_prefect::StateType;
use longshore_rig::{PrefectServer, Version, Worker};
use uuid::Uuid;

use super::super::observer::{Observer, process_in, until, wait_for_end, without_submission};

pub(super) const FLOWS: &str = r#"
use std::error::Error;
use std::fs::File;
use std::io::Write as _;
use std::path::Path;
use std::time::Duration;

use longshore::{deployment, flow, task};

type BoxError = Box<dyn Error + Send + Sync>;

/// Counts until it is told to stop; each step is a task run and a line of the log.
#[flow(timeout = "10m")]
#[deployment(name = "counter")]
async fn count(how: String, folder: String) -> Result<(), BoxError> {
    let folder = Path::new(&folder);
    let mut file = File::options().create(true).append(true).open(folder.join(&how))?;
    write!(file, "{}", std::process::id())?;
    let stop = folder.join(format!("{how}-stop"));
    let mut steps = 0;
    while !stop.exists() {
        step(steps).await;
        std::fs::write(folder.join(format!("{how}-steps")), steps.to_string())?;
        steps += 1;
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    std::fs::write(folder.join(format!("{how}-steps")), steps.to_string())?;
    Ok(())
}

#[task]
async fn step(number: u32) {
    tracing::info!("step {number}");
}
"#;

/// A run of the counter.
struct Count<'a> {
    observer: &'a Observer,
    folder: &'a Path,
    how: &'static str,
    id: Uuid,
}

impl<'a> Count<'a> {
    fn submit(observer: &'a Observer, folder: &'a Path, how: &'static str) -> Self {
        let deployment = observer.deployment("counter");
        Self {
            observer,
            folder,
            how,
            id: observer.start_run(deployment, how, folder),
        }
    }

    /// Its process, once it counts.
    fn process(&self) -> String {
        self.wait_for_steps(0);
        process_in(&self.folder.join(self.how))
    }

    /// The steps that it has made.
    fn steps(&self) -> Option<usize> {
        let file = self.folder.join(format!("{}-steps", self.how));
        fs::read_to_string(file).ok()?.parse().ok()
    }

    /// Waits until it has made some more.
    fn wait_for_steps(&self, more: usize) {
        let from = self.steps().unwrap_or_default();
        until(
            || format!("{} does not go on", self.how),
            || self.steps().filter(|steps| *steps >= from + more),
        );
    }

    /// Tells it to stop, and compares all that the server knows of it.
    fn check(&self, worker: &Worker) {
        let how = self.how;
        let process = self.process();
        fs::write(self.folder.join(format!("{how}-stop")), "").expect("a file");
        let states = without_submission(self.observer.states(self.id, worker));
        let once = ["Scheduled", "Pending", "Running", "Completed"];
        assert_eq!(states, once, "{how}");
        assert_eq!(self.observer.run(self.id).run_count, 1, "{how}");
        let left = process_in(&self.folder.join(how));
        assert_eq!(left, process, "{how} ran once");
        // It stays until the last lines of its log are sent.
        wait_for_end(&process);
        let steps = self.steps().expect("steps");
        let lines: Vec<String> = (0..steps).map(|step| format!("step {step}")).collect();
        let told = self.observer.logs(self.id).into_iter();
        let told: Vec<String> = told.map(|line| line.0).collect();
        assert_eq!(told, lines, "{how}: in order, each once");
        self.check_tasks(steps);
    }

    fn check_tasks(&self, steps: usize) {
        let mut tasks = self.observer.task_runs(self.id, steps);
        // On 2.20 the time at which a start is told counts, and several are told at once.
        tasks.sort_by_key(|task| task.dynamic_key.parse::<usize>().ok());
        for (step, task) in tasks.iter().enumerate() {
            let kind = task.state.as_ref().map(|state| state.kind);
            assert_eq!(
                (task.name.clone(), kind, task.run_count),
                (format!("step-{step}"), Some(StateType::Completed), 1),
                "{}",
                self.how
            );
        }
    }
}

/// What becomes of a run whose worker is killed, of one whose worker is stopped, and of one that has no worker yet.
pub(super) fn check_workers(
    observer: &Observer,
    version: Version,
    start: impl Fn() -> Worker,
    mut worker: Worker,
    folder: &Path,
) -> Worker {
    let orphan = Count::submit(observer, folder, "orphan");
    orphan.process();
    worker.kill();
    wait_for_worker(&mut worker);
    orphan.wait_for_steps(5);
    let mut second = start();
    orphan.check(&second);

    let stopped = Count::submit(observer, folder, "stopped");
    let process = stopped.process();
    second.stop();
    match version {
        Version::Prefect2 => {
            stopped.wait_for_steps(5);
            stopped.check(&second);
            wait_for_worker(&mut second);
        }
        Version::Prefect3 => {
            wait_for_worker(&mut second);
            wait_for_end(&process);
            // Killed by the worker, which tells nobody.
            let state = observer.run(stopped.id).state.map(|state| state.kind);
            assert_eq!(state, Some(StateType::Running));
        }
    }

    let waiting = Count::submit(observer, folder, "waiting");
    let late = || {
        let state = observer.run(waiting.id).state?;
        (state.name.as_deref() == Some("Late")).then_some(())
    };
    until(|| "a run without a worker is not late".to_owned(), late);
    let third = start();
    waiting.check(&third);
    third
}

fn wait_for_worker(worker: &mut Worker) {
    until(
        || "the worker does not end".to_owned(),
        || worker.has_ended().then_some(()),
    );
}

/// The server is stopped and started, then killed and started, while a run goes on.
pub(super) fn check_server(
    observer: &Observer,
    server: PrefectServer,
    worker: &Worker,
    folder: &Path,
) {
    let bears = Count::submit(observer, folder, "bears");
    bears.process();
    bears.wait_for_steps(5);
    let mut server = server.restart().expect("the server again");
    bears.wait_for_steps(5);
    server.kill();
    bears.wait_for_steps(5);
    let _server = server.restart().expect("the server again");
    bears.check(worker);
}
