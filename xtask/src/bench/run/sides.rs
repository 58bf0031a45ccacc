//! The same flows in Rust and in Python, and how they are deployed.

use std::path::Path;
use std::process::Command;

use longshore_rig::{PrefectServer, RigError, Version, prefect};

use super::{IDLE_POOL, POOL};
use crate::bench::measure;
use crate::bench::workspace::Workspace;
use crate::bench::write;
use crate::command::Error;

/// Registers the flows of both sides, and makes the pool.
///
/// # Errors
/// A file cannot be written, or one of the commands fails.
pub(super) fn deploy(folder: &Path, server: &PrefectServer) -> Result<(), Error> {
    let log = folder.join("output.log");
    let scripts = folder.join("prefect");
    write(&scripts.join("flows.py"), PYTHON)?;
    write(&scripts.join("prefect.yaml"), &yaml())?;
    let prefect = |arguments: &[&str]| -> Result<Command, RigError> {
        let home = scripts.join("home");
        let mut command = prefect(Version::Prefect3, &home, &server.api_url())?;
        command.args(arguments).current_dir(&scripts);
        Ok(command)
    };
    for pool in [POOL, IDLE_POOL] {
        let mut create = prefect(&["work-pool", "create", pool, "--type", "process"])?;
        measure::run(&mut create, &log)?;
    }
    measure::run(&mut prefect(&["--no-prompt", "deploy", "--all"])?, &log)?;
    let dependencies =
        "serde_json = \"1\"\ntracing = { version = \"0.1\", default-features = false }\n";
    let defaults = format!("pool = \"{POOL}\"\n");
    let workspace = Workspace::build(folder, RUST, dependencies, &defaults)?;
    measure::run(&mut workspace.deploy(&server.api_url()), &log)?;
    Ok(())
}

fn yaml() -> String {
    let mut yaml = "name: bench\nbuild: null\npush: null\npull: null\ndeployments:\n".to_owned();
    for flow in ["trivial", "many"] {
        yaml.push_str(&format!(
            "- name: bench\n  entrypoint: flows.py:{flow}\n  work_pool: {{name: {POOL}}}\n"
        ));
    }
    yaml
}

const RUST: &str = r#"
use std::time::{Duration, Instant, SystemTime};

use longshore::{deployment, flow, task};

/// Writes down when the flow began, how long it took, and the most memory that its process had.
fn note(facts: &str, began: SystemTime, start: Instant) -> Result<(), std::io::Error> {
    let began = began.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kib: Option<u64> = peak.and_then(|peak| peak.split_whitespace().next()?.parse().ok());
    let noted = serde_json::json!({
        "began": began.as_secs_f64(),
        "seconds": start.elapsed().as_secs_f64(),
        "kib": kib,
    });
    std::fs::write(facts, noted.to_string())
}

#[flow]
#[deployment(name = "bench")]
#[deployment(name = "direct", pool = "idle")]
async fn trivial(facts: String) -> Result<(), std::io::Error> {
    note(&facts, SystemTime::now(), Instant::now())
}

#[task]
async fn small(number: u32) -> u32 {
    number + 1
}

#[flow]
#[deployment(name = "bench")]
async fn many(facts: String, count: u32) -> Result<(), std::io::Error> {
    let (began, start) = (SystemTime::now(), Instant::now());
    for number in 0..count {
        small(number).await;
    }
    note(&facts, began, start)
}

/// As much work between two lines as takes 50 microseconds on an idle machine.
#[flow]
#[deployment(name = "direct", pool = "idle")]
async fn lines(facts: String, count: u32, work: bool) -> Result<(), std::io::Error> {
    let (began, start) = (SystemTime::now(), Instant::now());
    for number in 0..count {
        if work {
            let until = Instant::now() + Duration::from_micros(50);
            while Instant::now() < until {
                std::hint::spin_loop();
            }
        }
        tracing::info!(number, "a line of the usual length, with a number");
    }
    note(&facts, began, start)
}
"#;

const PYTHON: &str = r#"import json
import time

from prefect import flow, task


def note(facts, began, start):
    with open("/proc/self/status") as status:
        peak = next(line for line in status if line.startswith("VmHWM:"))
    with open(facts, "w") as file:
        json.dump({"began": began, "seconds": time.monotonic() - start, "kib": int(peak.split()[1])}, file)


@flow(name="python-trivial")
def trivial(facts: str):
    note(facts, time.time(), time.monotonic())


@task
def small(number: int) -> int:
    return number + 1


@flow(name="python-many")
def many(facts: str, count: int):
    began, start = time.time(), time.monotonic()
    for number in range(count):
        small(number)
    note(facts, began, start)
"#;
