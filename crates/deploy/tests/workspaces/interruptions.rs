//! Two commands at once, Ctrl-C, and processes that are killed.

use std::fs::{self, File};
use std::path::PathBuf;
use std::process::Command;

use rustix::process::{Pid, Signal, kill_process};

use crate::process::{Running, finish};
use crate::server::deployments;
use crate::sources::COUNT;
use crate::workspace::Workspace;

/// A build script that waits, if it is told to, until nobody holds the pipe `GATE` open for writing.
const GATED_BUILD: &str = r#"fn main() {
    println!("cargo::rerun-if-env-changed=GATE");
    if let Some(gate) = std::env::var_os("GATE") {
        std::fs::read(gate).expect("the gate opens");
    }
}
"#;

/// A pipe at which the build of a workspace waits.
struct Gate(PathBuf);

impl Gate {
    fn new(workspace: &Workspace) -> Self {
        let path = workspace.beside("gate");
        finish(Command::new("mkfifo").arg(&path)).code(0);
        Self(path)
    }

    /// Starts `deploy` and returns when its build has come to the gate, which opens when the file is dropped.
    fn start(&self, workspace: &Workspace) -> (Running, File) {
        let mut running = Running::start(workspace.built_deploy().env("GATE", &self.0));
        running.wait_for("building demo-count");
        let gate = File::options().write(true).open(&self.0);
        (running, gate.expect("the build script opens the other end"))
    }
}

fn gated_workspace() -> (Workspace, Gate) {
    let mut workspace = Workspace::new();
    workspace.flow("demo/count", "", COUNT);
    workspace.write("projects/demo/count/build.rs", GATED_BUILD);
    finish(&mut workspace.cargo(&["build", "--bin", "deploy"])).code(0);
    let gate = Gate::new(&workspace);
    (workspace, gate)
}

fn signal(process: &Running, signal: Signal) {
    let id = i32::try_from(process.id()).expect("a process id");
    let process = Pid::from_raw(id).expect("a process id");
    kill_process(process, signal).expect("the process is there");
}

#[test]
fn a_second_command_waits_and_an_interrupted_one_leaves_nothing() {
    let (workspace, gate) = gated_workspace();

    // Its output ends when cargo and the build script, which share its stderr, are gone as well.
    let (first, open) = gate.start(&workspace);
    signal(&first, Signal::INT);
    first.finish().code(130).says_once("interrupted");
    drop(open);
    assert!(workspace.artifacts().is_empty());
    assert!(deployments(&workspace.state()).is_empty());

    let (first, open) = gate.start(&workspace);
    signal(&first, Signal::TERM);
    first.finish().code(143);
    drop(open);

    let (first, open) = gate.start(&workspace);
    let mut second = workspace.start_deploy();
    let waiting = second.wait_for("waiting for another deploy");
    assert!(
        waiting.contains(&format!("(process {})", first.id())),
        "{waiting}"
    );
    let mut third = workspace.start_deploy();
    third.wait_for("waiting for another deploy");
    signal(&third, Signal::INT);
    third.finish().code(130);
    drop(open);
    first.finish().code(0).says(&["1 created"]);
    second
        .finish()
        .code(0)
        .says(&["nothing changed: 1 unchanged"]);
}

const MANY: &str = r#"//! Counts often.

use longshore::{deployment, flow};

/// Counts.
#[flow]
#[deployment(name = "a", schedule = "0 1 * * *")]
#[deployment(name = "b", schedule = "0 2 * * *")]
#[deployment(name = "c", schedule = "0 3 * * *")]
#[deployment(name = "d", schedule = "0 4 * * *")]
#[deployment(name = "e", schedule = "0 5 * * *")]
#[deployment(name = "f", schedule = "0 6 * * *")]
pub fn count() {}
"#;

#[test]
fn an_apply_that_was_killed_is_completed_by_the_next_one() {
    let mut workspace = Workspace::new();
    workspace.flow("demo/many", "", MANY);
    workspace.deploy(&[]).code(0).says(&["6 created"]);
    let whole: Vec<String> = deployments(&workspace.state()).into_keys().collect();
    let stored = workspace.artifacts();

    for moment in [
        "target: ",
        "building demo-many",
        "storing demo-many",
        "registering count/a",
        "registering count/c",
        "registering count/f",
    ] {
        fs::remove_dir_all(workspace.state()).expect("a folder");
        let mut killed = workspace.start_deploy();
        killed.wait_for(moment);
        killed.kill();
        drop(killed.finish());

        finish(&mut workspace.built_deploy()).code(0);
        let now: Vec<String> = deployments(&workspace.state()).into_keys().collect();
        assert_eq!(now, whole, "killed at `{moment}`");
        assert_eq!(visible(&workspace), stored, "killed at `{moment}`");
        finish(&mut workspace.built_deploy())
            .code(0)
            .says(&["nothing changed: 6 unchanged"]);
    }
}

/// The artifacts, less what a killed process has left under a temporary name.
fn visible(workspace: &Workspace) -> Vec<PathBuf> {
    let artifacts = workspace.artifacts().into_iter();
    artifacts
        .filter(|path| path.starts_with("projects"))
        .collect()
}
