//! A server that is unreachable when `longshore-run` starts, as during an upgrade.

use std::io::{BufRead as _, BufReader, Read as _};
use std::process::{Child, ChildStderr, Command, Stdio};

use longshore_rig::free_port;
use tokio::task::spawn_blocking;

use crate::scene::{Scene, end};

const ECHO: &str = "#!/bin/sh\necho here\n";

/// A run's process that is given a port without a server, and the port.
async fn without_server(scene: &Scene) -> (Command, u16) {
    let id = scene.run_of_program(&scene.program(ECHO)).await;
    let port = free_port().unwrap();
    let mut command = scene.command(id);
    command.env("PREFECT_API_URL", format!("http://127.0.0.1:{port}/api"));
    (command, port)
}

/// Starts a process and waits until it has reported the outage.
async fn waiting(mut command: Command) -> (Child, BufReader<ChildStderr>) {
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let started = spawn_blocking(move || {
        let mut child = command.spawn().unwrap();
        let mut stderr = BufReader::new(child.stderr.take().unwrap());
        let mut line = String::new();
        stderr.read_line(&mut line).unwrap();
        assert!(line.contains("the Prefect server is away"), "{line}");
        (child, stderr)
    });
    started.await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_away_is_waited_for() {
    let scene = Scene::set().await;
    let (command, port) = without_server(&scene).await;
    let (child, mut stderr) = waiting(command).await;
    scene.listen(port).await;
    let ended = spawn_blocking(move || {
        let mut said = String::new();
        stderr.read_to_string(&mut said).unwrap();
        (child.wait_with_output().unwrap(), said)
    });
    let (ended, said) = ended.await.unwrap();
    assert_eq!(String::from_utf8_lossy(&ended.stdout), "here\n", "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_stays_away_is_given_up() {
    let scene = Scene::set().await;
    let (mut command, _port) = without_server(&scene).await;
    command.env("LONGSHORE_OUTAGE_LIMIT", "1s");
    let ended = end(command).await;
    assert_eq!(ended.code, Some(1), "{ended:?}");
    assert!(
        ended.stderr.contains("cannot find out what flow run"),
        "{ended:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_limit_that_is_no_time_span_is_explained() {
    let scene = Scene::set().await;
    let id = scene.run_of_program(&scene.program(ECHO)).await;
    let mut command = scene.command(id);
    command.env("LONGSHORE_OUTAGE_LIMIT", "15");
    let ended = end(command).await;
    assert_eq!(ended.code, Some(1), "{ended:?}");
    for text in ["LONGSHORE_OUTAGE_LIMIT is `15`", "help: write `15s`"] {
        assert!(ended.stderr.contains(text), "{ended:?}");
    }
}

/// The kernel ignores the signal for the first process of a container without a handler.
#[tokio::test(flavor = "multi_thread")]
async fn sigterm_ends_the_wait() {
    let scene = Scene::set().await;
    let (command, _port) = without_server(&scene).await;
    let (mut child, mut stderr) = waiting(command).await;
    let ended = spawn_blocking(move || {
        let process = child.id().to_string();
        let sent = Command::new("kill").arg("-TERM").arg(process).status();
        assert!(sent.unwrap().success());
        let code = child.wait().unwrap().code();
        let mut said = String::new();
        stderr.read_to_string(&mut said).unwrap();
        (code, said)
    });
    let (code, said) = ended.await.unwrap();
    assert_eq!(code, Some(143), "{said}");
    assert!(said.contains("received SIGTERM"), "{said}");
}
