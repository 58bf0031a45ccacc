//! Whether a worker on this machine would find `longshore-run`, and `longshore-run` the programs.

use std::collections::BTreeSet;
use std::env;
use std::path::Path;

use longshore_storage::{AllowedStores, LOCAL_STORE};

use crate::config::Config;
use crate::desired::RUNNER;
use crate::report::tell;
use crate::storage::{Place, local_folder};
use crate::target::Target;

/// Says what a worker on this machine, where it most likely is, would not find.
///
/// Workers of another machine have an environment of their own, and `serve` needs neither.
pub(super) fn tell_what_workers_need(
    places: &[Place<'_>],
    root: &Path,
    config: &Config,
    target: &Target,
) {
    let is_here =
        target.is_loopback() && !target.is_embedded() && places.iter().any(Place::is_local);
    if !is_here {
        return;
    }
    if config.runner.is_none() && !is_on_path() {
        tell(&format!(
            "notice: `{RUNNER}`, which workers start for every run, is not on this shell's PATH; \
             `cargo install --path crates/runner` in Longshore's sources puts it there, `[runner] command` in \
             longshore.toml names one elsewhere"
        ));
    }
    let list = env::var(AllowedStores::VARIABLE).unwrap_or_default();
    let folders = named_folders(places, root);
    if list.is_empty() && !folders.is_empty() {
        let folders: Vec<String> = folders.into_iter().collect();
        tell(&format!(
            "notice: a worker fetches only from `{LOCAL_STORE}` of the workspace that it was started in; \
             start it with {}={}",
            AllowedStores::VARIABLE,
            folders.join(",")
        ));
    }
}

/// The folders that deployments or longshore.toml name as stores.
fn named_folders(places: &[Place<'_>], root: &Path) -> BTreeSet<String> {
    let folders = places
        .iter()
        .filter_map(|place| local_folder(place.storage?, root));
    folders.map(|folder| folder.display().to_string()).collect()
}

fn is_on_path() -> bool {
    let path = env::var_os("PATH").unwrap_or_default();
    env::split_paths(&path).any(|folder| {
        let program = folder.join(RUNNER);
        program.with_extension(env::consts::EXE_EXTENSION).is_file()
    })
}
