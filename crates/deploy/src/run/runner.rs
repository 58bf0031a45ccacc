//! Whether a worker on this machine would find `longshore-run`, which fetches and starts the programs.

use std::env;

use crate::config::Config;
use crate::desired::RUNNER;
use crate::report::tell;
use crate::storage::Place;
use crate::target::Target;

/// Says that the command of the deployments is not to be found here, where the worker most likely is.
///
/// Workers of another machine have a path of their own, and `serve` needs no runner.
pub(super) fn tell_if_missing(places: &[Place<'_>], config: &Config, target: &Target) {
    let is_here =
        target.is_loopback() && !target.is_embedded() && places.iter().any(Place::is_local);
    if is_here && config.runner.is_none() && !is_on_path() {
        tell(&format!(
            "notice: `{RUNNER}`, which workers start for every run, is not on this shell's PATH; \
             `cargo install --path crates/runner` in Longshore's sources puts it there, `[runner] command` in \
             longshore.toml names one elsewhere"
        ));
    }
}

fn is_on_path() -> bool {
    let path = env::var_os("PATH").unwrap_or_default();
    env::split_paths(&path).any(|folder| {
        let program = folder.join(RUNNER);
        program.with_extension(env::consts::EXE_EXTENSION).is_file()
    })
}
