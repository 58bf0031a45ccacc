//! `longshore-run`, and workers that find it.

use std::path::{Path, PathBuf};
use std::process::Command;

use longshore_rig::{PrefectServer, Worker};

use crate::workspace::repository;

/// A worker of the pool `default` that was started in a workspace, with the runner on its path, as an operator sets it up,
/// and with these variables.
pub(crate) fn worker(
    server: &PrefectServer,
    workspace: &Path,
    cache: &Path,
    variables: &[(&str, &str)],
) -> Worker {
    let worker =
        Worker::start_with_runner(server, "default", &program(), workspace, cache, variables);
    worker.expect("a worker")
}

/// The runner beside this test, which a test run of the whole workspace has built; it is built if it is not there.
fn program() -> PathBuf {
    let test = std::env::current_exe().expect("this program");
    let folder = test.ancestors().nth(2).expect("a target folder");
    let program = folder.join("longshore-run");
    if !program.is_file() {
        let built = Command::new("cargo")
            .args(["build", "--package", "longshore-run", "--target-dir"])
            .arg(folder.parent().unwrap_or(Path::new("target")))
            .current_dir(repository())
            .status();
        assert!(built.expect("cargo").success());
    }
    program
}
