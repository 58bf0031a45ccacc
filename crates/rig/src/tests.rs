//! Servers that outlive what starts them.

use std::process::Command;

use crate::environment::Version;
use crate::server::Database;
use crate::standing::{Health, Server, Setup, Standing, servers};

/// Prefect 2 is the one with a child, which a kill leaves behind.
#[test]
fn a_server_outlives_its_command_and_is_stopped_with_its_child() {
    let root = tempfile::tempdir().unwrap();
    let setup = Setup {
        version: Version::Prefect2,
        database: Database::Sqlite,
    };
    let up = || {
        let mut reported: Vec<Server> = Vec::new();
        let mut standing = Standing::open(root.path()).unwrap();
        standing
            .up(&[setup], |server| reported.push(server.clone()))
            .unwrap();
        reported.remove(0)
    };
    let first = up();
    assert_eq!(
        (first.health(), &first.name),
        (Health::Answers, &setup.name())
    );
    let second = up();
    assert_eq!(
        (second.process_id(), &second.api_url),
        (first.process_id(), &first.api_url)
    );
    let known = servers(root.path()).unwrap();
    assert_eq!(known.len(), 1);

    let killed = Command::new("kill")
        .args(["-KILL", &first.process_id().to_string()])
        .status();
    assert!(killed.unwrap().success());
    Standing::open(root.path())
        .unwrap()
        .down(&setup.name())
        .unwrap();
    assert_eq!(known[0].health(), Health::Ended);
    assert!(servers(root.path()).unwrap().is_empty());
    assert!(known[0].log.exists(), "logs are kept");
}
