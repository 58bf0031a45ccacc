//! Measurements of the pods of runs.

use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant, SystemTime};

use longshore_rig::{Kubernetes, RigError, processes_of_run};

use crate::bench::measure;
use crate::command::Error;

/// Label of Prefect's worker for the objects of a run.
const RUN: &str = "prefect.io/flow-run-id";

const LOOK: Duration = Duration::from_millis(20);

/// Longer than any pod of this benchmark takes to start, or its removal.
const PATIENCE: Duration = Duration::from_secs(300);

/// Creation times of the pods of runs in seconds since 1970; the API server itself has a resolution of one second.
pub(super) struct Pods {
    seen: Arc<Mutex<BTreeMap<String, f64>>>,
    watching: Child,
}

impl Pods {
    /// Starts to watch a namespace.
    pub(super) fn watch(kubernetes: &Kubernetes, namespace: &str) -> Result<Self, RigError> {
        let print = r#"jsonpath={.metadata.labels.prefect\.io/flow-run-id}{"\n"}"#;
        let mut kubectl = kubernetes.kubectl();
        kubectl
            .args(["get", "pods", "--namespace", namespace])
            .args(["--watch", "--output", print])
            .stdout(Stdio::piped());
        let missing = |source| RigError::Missing {
            program: "kubectl".to_owned(),
            install: "run `cargo xtask rig up kubernetes`, which installs it",
            source,
        };
        let mut watching = kubectl.spawn().map_err(missing)?;
        let seen: Arc<Mutex<BTreeMap<String, f64>>> = Arc::default();
        if let Some(output) = watching.stdout.take() {
            let seen = Arc::clone(&seen);
            thread::spawn(move || {
                for run in BufReader::new(output).lines().map_while(Result::ok) {
                    let mut seen = seen.lock().unwrap_or_else(PoisonError::into_inner);
                    seen.entry(run).or_insert_with(now);
                }
            });
        }
        Ok(Self { seen, watching })
    }

    /// Waits for the pod of a run.
    pub(super) fn created(&self, run: &str) -> Result<f64, Error> {
        wait(|| {
            let seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
            seen.get(run).copied()
        })
    }
}

impl Drop for Pods {
    fn drop(&mut self) {
        // The watch ends with the API server.
        let _ended = self.watching.kill();
        let _status = self.watching.wait();
    }
}

fn now() -> f64 {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    since.unwrap_or_default().as_secs_f64()
}

fn wait<T>(mut look: impl FnMut() -> Option<T>) -> Result<T, Error> {
    let deadline = Instant::now() + PATIENCE;
    loop {
        if let Some(found) = look() {
            return Ok(found);
        }
        if Instant::now() > deadline {
            let text = format!("no pod within {} s", PATIENCE.as_secs());
            return Err(Error::Measurement { text });
        }
        thread::sleep(LOOK);
    }
}

/// KiB that were resident at most in the processes of a run, from its first process to the end of all.
pub(super) fn most_memory(run: &str) -> Result<f64, Error> {
    wait(|| (!processes_of_run(run).is_empty()).then_some(()))?;
    let mut most: BTreeMap<i32, u64> = BTreeMap::new();
    loop {
        let processes = processes_of_run(run);
        if processes.is_empty() {
            return Ok(most.values().sum::<u64>() as f64);
        }
        for process in processes {
            let status = PathBuf::from(format!("/proc/{process}/status"));
            let before = most.entry(process).or_default();
            *before = measure::peak(&status).unwrap_or_default().max(*before);
        }
        thread::sleep(LOOK);
    }
}

/// Returns the duration of fetch and verification that the init container of a run printed, in seconds.
pub(super) fn fetch(kubernetes: &Kubernetes, namespace: &str, run: &str) -> Result<f64, Error> {
    let selector = format!("{RUN}={run}");
    let log = kubernetes.run(&[
        "logs",
        "--namespace",
        namespace,
        "--selector",
        &selector,
        "--container",
        "longshore-fetch",
    ])?;
    let seconds = log.rsplit_once(" in ").map(|(_, seconds)| seconds);
    let seconds = seconds.and_then(|text| text.split_whitespace().next()?.parse().ok());
    seconds.ok_or(Error::Measurement { text: log })
}

/// Waits until a namespace has no jobs and pods, and returns the number that remains.
pub(super) fn wait_for_removal(
    kubernetes: &Kubernetes,
    namespace: &str,
) -> Result<usize, RigError> {
    let count = || {
        let found = kubernetes.get(&["jobs,pods", "--namespace", namespace])?;
        Ok(found["items"].as_array().map_or(0, Vec::len))
    };
    let deadline = Instant::now() + PATIENCE;
    loop {
        let left = count()?;
        if left == 0 || Instant::now() > deadline {
            return Ok(left);
        }
        thread::sleep(LOOK);
    }
}

/// Bytes of the files below a folder.
pub(super) fn bytes(folder: &Path) -> u64 {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let sizes = entries.map(|entry| match entry.metadata() {
        Ok(found) if found.is_dir() => bytes(&entry.path()),
        Ok(found) => found.len(),
        // The file was deleted after it was listed.
        Err(_) => 0,
    });
    sizes.sum()
}
