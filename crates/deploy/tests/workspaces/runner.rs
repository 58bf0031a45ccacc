//! `longshore-run`, and workers that find it.

use std::path::{Path, PathBuf};
use std::process::Command;

use longshore_rig::{PrefectServer, Worker};

use crate::workspace::repository;

/// A worker of the pool `default` with the runner on its path, as an operator sets it up, and with these variables.
pub(crate) fn worker(server: &PrefectServer, cache: &Path, variables: &[(&str, &str)]) -> Worker {
    let runner = program();
    let folder = runner.parent().expect("a folder").to_owned();
    let path = std::env::var_os("PATH").unwrap_or_default();
    let path = std::env::join_paths([folder].into_iter().chain(std::env::split_paths(&path)));
    let path = path.expect("a path").into_string().expect("UTF-8");
    let mut all = vec![
        ("PATH", path.as_str()),
        ("LONGSHORE_CACHE", cache.to_str().expect("UTF-8")),
    ];
    all.extend(variables);
    Worker::start_with(server, "default", &all).expect("a worker")
}

/// The runner beside this test, which a test run of the whole workspace has built; it is built if it is not there.
pub(crate) fn program() -> PathBuf {
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
