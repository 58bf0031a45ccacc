//! An init container fetches, and another container without access to the store executes.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use longshore_prefect::StateType;
use serde_json::{Value, json};

use crate::scene::{Scene, artifact, end};

const ECHO: &str = "#!/bin/sh\necho \"$LONGSHORE_ARTIFACT_SHA256\"\n";

/// `longshore-run fetch` with the environment of the init container: no server, no run.
fn init_container(scene: &Scene, named: &Value) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_longshore-run"));
    command
        .env_clear()
        .env("LONGSHORE_STORES", scene.store())
        .env("LONGSHORE_ARTIFACT", named["artifact"].as_str().unwrap())
        .env("LONGSHORE_SHA256", named["sha256"].as_str().unwrap())
        .arg("fetch")
        .arg("--into")
        .arg(shared(scene));
    command
}

fn shared(scene: &Scene) -> PathBuf {
    let folder = scene.folder.path().join("shared");
    fs::create_dir_all(&folder).unwrap();
    folder
}

/// The copy of `longshore-run` with the environment of the container of a run.
fn container(scene: &Scene, id: uuid::Uuid) -> Command {
    let given = scene.command(id);
    let mut command = Command::new(shared(scene).join("longshore-run"));
    command.env_clear();
    for (name, value) in given.get_envs() {
        if let Some(value) = value
            && name != "LONGSHORE_CACHE"
        {
            command.env(name, value);
        }
    }
    command.env("LONGSHORE_FETCHED", shared(scene));
    command
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[tokio::test(flavor = "multi_thread")]
async fn the_container_of_the_run_executes_what_the_init_container_fetched() {
    let scene = Scene::set().await;
    let program = scene.program(ECHO);
    let named = artifact(&program);
    let id = scene.run_of(named.clone(), json!({})).await;
    let ended = end(init_container(&scene, &named)).await;
    assert_eq!(ended.code, Some(0), "{ended:?}");
    for name in ["flow", "longshore-run"] {
        assert_eq!(mode(&shared(&scene).join(name)), 0o555, "{name}");
    }
    fs::remove_dir_all(scene.store()).unwrap();
    let ended = end(container(&scene, id)).await;
    let sha256 = named["sha256"].as_str().unwrap();
    assert_eq!(ended.stdout, format!("{sha256}\n"), "{ended:?}");
    assert!(!scene.cache().exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_run_crashes_with_the_reason_of_the_init_container() {
    let scene = Scene::set().await;
    let program = scene.program(ECHO);
    let named = artifact(&program);
    let id = scene.run_of(named.clone(), json!({})).await;
    fs::remove_file(&program).unwrap();
    let ended = end(init_container(&scene, &named)).await;
    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert!(ended.stderr.contains("cannot be fetched"), "{ended:?}");
    assert_eq!(end(container(&scene, id)).await.code, Some(1));
    let message = scene.crash(id).await;
    assert!(
        message.contains(
            "the init container could not provide the program: the artifact cannot be fetched"
        ),
        "{message}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deployment_without_an_artifact_is_reported_by_the_container_of_the_run() {
    let scene = Scene::set().await;
    // A worker leaves the variables empty.
    let named = json!({ "artifact": "", "sha256": "" });
    let ended = end(init_container(&scene, &named)).await;
    assert_eq!(ended.code, Some(0), "{ended:?}");
    let id = scene.run_of_program(&scene.program(ECHO)).await;
    end(container(&scene, id)).await;
    let message = scene.crash(id).await;
    assert!(
        message.contains("does not have the job variable `artifact`"),
        "{message}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn another_program_than_the_deployments_is_not_executed() {
    let scene = Scene::set().await;
    let program = scene.program(ECHO);
    let other = scene.program_in("projects/other/flow", "#!/bin/sh\necho attack\n");
    let id = scene.run_of_program(&program).await;
    let ended = end(init_container(&scene, &artifact(&other))).await;
    assert_eq!(ended.code, Some(0), "{ended:?}");
    let ended = end(container(&scene, id)).await;
    assert_eq!((ended.code, ended.stdout.as_str()), (Some(1), ""));
    let message = scene.crash(id).await;
    assert!(message.contains("has the SHA-256"), "{message}");
    assert_eq!(scene.state(id).await.kind, StateType::Crashed);
}
