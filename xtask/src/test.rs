//! All tests of the workspace.

use std::process::Command;

use longshore_rig::{Program, run};

use crate::command::{Error, exists, root};
use crate::rig::install;

const CARGO: &str = "install Rust: https://rustup.rs";

/// Tests that need a real Prefect are compiled in by these features, so that plain `cargo test` has none to skip.
const RIG_FEATURES: &str = "longshore-deploy/rig,longshore-embedded/rig,longshore-rig/rig,longshore-run/rig,longshore-spec/rig,longshore-storage/rig";

/// Runs every test; `filters` go to the test runner.
pub(crate) fn run_all(filters: &[String]) -> Result<(), Error> {
    if std::env::var_os("TRYBUILD").is_some() {
        return Err(Error::Variable {
            name: "TRYBUILD",
            reason: "the UI tests would overwrite what they should compare",
        });
    }
    longshore_rig::require(&Program::ALL)?;
    let environments = install()?;
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
    let nextest = exists(Command::new(&cargo).args(["nextest", "--version"]));
    let workspace = |words: &[&str]| {
        let mut command = Command::new(&cargo);
        command
            .args(words)
            .args(["--workspace", "--locked", "--features", RIG_FEATURES])
            .current_dir(root())
            .envs(environments.clone());
        command
    };
    // `cargo test` runs the examples in the documentation too; nextest leaves them to it.
    if !nextest {
        return Ok(run(workspace(&["test"]).args(filters), CARGO)?);
    }
    run(workspace(&["nextest", "run"]).args(filters), CARGO)?;
    if filters.is_empty() {
        run(&mut workspace(&["test", "--doc"]), CARGO)?;
    }
    Ok(())
}
