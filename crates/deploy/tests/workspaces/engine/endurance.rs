//! Many runs and tasks at once, and workers and servers that go away meanwhile; both versions of Prefect side by side.

mod crowds;
mod outages;
mod page;
mod schedule;

use std::path::Path;
use std::thread::{self, Builder, JoinHandle};

use longshore_rig::{Database, PrefectServer, Version, Worker};

use super::observer::Observer;
use crate::runner;
use crate::workspace::Workspace;

const DEPENDENCIES: &str = "tokio = { version = \"1\", features = [\"macros\", \"sync\", \"time\"] }\n\
                            tracing = { version = \"0.1\", default-features = false }\n";

#[test]
fn runs_bear_crowds_and_the_loss_of_workers_and_servers() {
    let servers = Version::ALL.map(|version| thread::spawn(move || start(version)));
    let mut workspace = Workspace::new();
    workspace.flow("demo/crowds", DEPENDENCIES, crowds::FLOWS);
    workspace.flow("demo/outages", DEPENDENCIES, outages::FLOWS);
    workspace.flow("demo/page", DEPENDENCIES, page::FLOWS);
    workspace.flow("demo/schedule", DEPENDENCIES, schedule::FLOWS);
    let servers = servers.map(|server| server.join().expect("a server"));
    for server in &servers {
        workspace.deploy_to(server, &["--create-pools"]).code(0);
    }
    let checks = servers.map(|server| {
        // Its name is told with what fails.
        let thread = Builder::new().name(server.version().name().to_owned());
        let root = workspace.root();
        let check = move || check(server, &root);
        thread.spawn(check).expect("a thread")
    });
    let failed: Vec<_> = checks
        .into_iter()
        .map(JoinHandle::join)
        .filter_map(Result::err)
        .collect();
    assert!(failed.is_empty(), "{} of the versions fail", failed.len());
}

/// A server on SQLite answers 500 and 503 to so many runs, upon which a worker of 3.x gives some of them up.
fn start(version: Version) -> PrefectServer {
    PrefectServer::start_on(Database::PostgreSql, version, Vec::new()).expect("a Prefect server")
}

/// A worker of a workspace whose cache of programs goes with the folder.
fn start_worker(server: &PrefectServer, workspace: &Path, folder: &Path) -> Worker {
    runner::worker(server, workspace, &folder.join("cache"), &[])
}

fn check(server: PrefectServer, workspace: &Path) {
    let observer = Observer::of(&server);
    let folder = tempfile::tempdir().expect("a folder");
    let crowds = crowds::submit(&observer, folder.path());
    let start = || start_worker(&server, workspace, folder.path());
    let worker = start();
    crowds::check(&observer, &crowds, folder.path(), &worker);
    if server.version() == Version::Prefect3 {
        page::check(&observer, &server, folder.path(), &worker);
    }
    schedule::check(&observer, server.version());
    let worker = outages::check_workers(&observer, server.version(), start, worker, folder.path());
    outages::check_server(&observer, server, &worker, folder.path());
}
