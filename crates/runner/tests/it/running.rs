use std::fs;

use longshore_prefect::StateType;
use serde_json::json;
use tokio::task::JoinSet;

use crate::scene::{Scene, artifact, end};

const ECHO: &str =
    "#!/bin/sh\necho \"$LONGSHORE_ARTIFACT_SHA256 $PREFECT__FLOW_RUN_ID $MARK\"\nexit 7\n";

#[tokio::test(flavor = "multi_thread")]
async fn it_becomes_the_program_and_then_needs_no_store() {
    let scene = Scene::set().await;
    let program = scene.program(ECHO);
    let variables = artifact(&program);
    let id = scene.run_of(variables.clone(), json!({})).await;
    for fetches in [1, 0] {
        let mut command = scene.command(id);
        command.env("MARK", "kept as it is");
        let ended = end(command).await;
        assert_eq!(ended.code, Some(7), "{ended:?}");
        let sha256 = variables["sha256"].as_str().unwrap();
        assert_eq!(ended.stdout, format!("{sha256} {id} kept as it is\n"));
        assert_eq!(
            ended.stderr.matches("fetched").count(),
            fetches,
            "{ended:?}"
        );
        // The second time only the cache has it.
        let _ = fs::remove_file(&program);
    }
    // What the program ends with is its own matter.
    assert_eq!(scene.state(id).await.kind, StateType::Scheduled);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_may_name_another_version_of_its_deployment() {
    let scene = Scene::set().await;
    let deployed = scene.program("#!/bin/sh\necho deployed\n");
    let older = scene.program("#!/bin/sh\necho older\n");
    let id = scene.run_of(artifact(&deployed), artifact(&older)).await;
    assert_eq!(end(scene.command(id)).await.stdout, "older\n");
    let id = scene.run_of(artifact(&deployed), json!({})).await;
    assert_eq!(end(scene.command(id)).await.stdout, "deployed\n");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_environment_is_the_deployments() {
    let scene = Scene::set().await;
    let program = scene.program("#!/bin/sh\necho \"$OF_BOTH $OF_THE_RUN.$OF_THE_WORKER\"\n");
    let mut variables = artifact(&program);
    variables["env"] = json!({ "OF_BOTH": "deployment" });
    let own = json!({ "env": { "OF_BOTH": "run", "OF_THE_RUN": "run" } });
    let id = scene.run_of(variables, own).await;
    let mut command = scene.command(id);
    // As a worker of an open pool does it, which passes on what the run names.
    command
        .env("OF_BOTH", "run")
        .env("OF_THE_RUN", "run")
        .env("OF_THE_WORKER", "worker");
    let ended = end(command).await;
    assert_eq!(ended.stdout, "deployment .worker\n", "{ended:?}");
    assert!(
        ended.stderr.contains("ignored `OF_BOTH`, `OF_THE_RUN`"),
        "{ended:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_in_a_workspace_allows_its_local_store() {
    let scene = Scene::set().await;
    let workspace = scene.folder.path().join("workspace");
    let inside = workspace.join("projects/energy");
    fs::create_dir_all(&inside).unwrap();
    let store = workspace.join(".longshore/artifacts");
    let path = store.join("projects/energy/prices");
    let program = scene.program_in(path.to_str().unwrap(), "#!/bin/sh\necho here\n");
    let id = scene.run_of_program(&program).await;
    let started = || {
        let mut command = scene.command(id);
        command.env_remove("LONGSHORE_STORES").env("PWD", &inside);
        end(command)
    };
    let ended = started().await;
    assert_eq!(ended.code, Some(1), "no workspace yet: {ended:?}");
    assert!(ended.stderr.contains("it has none"), "{ended:?}");
    fs::write(workspace.join("longshore.toml"), "").unwrap();
    let ended = started().await;
    assert_eq!(ended.stdout, "here\n", "{ended:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn many_processes_at_once_fetch_one_artifact() {
    let scene = Scene::set().await;
    let mut content = b"#!/bin/sh\necho here\nexit 0\n".to_vec();
    content.resize(20_000_000, b'#');
    let program = scene.program(&content);
    let id = scene.run_of_program(&program).await;
    let mut all = JoinSet::new();
    for _ in 0..8 {
        all.spawn(end(scene.command(id)));
    }
    let ended = all.join_all().await;
    assert!(
        ended.iter().all(|ended| ended.stdout == "here\n"),
        "{ended:?}"
    );
    let fetches = ended
        .iter()
        .filter(|ended| ended.stderr.contains("fetched"));
    assert_eq!(fetches.count(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn fetch_leaves_the_program_for_another_container() {
    let scene = Scene::set().await;
    let program = scene.program(ECHO);
    let id = scene.run_of_program(&program).await;
    let into = scene.folder.path().join("shared/folder");
    let mut command = scene.command(id);
    command.arg("fetch").arg("--into").arg(&into);
    let ended = end(command).await;
    assert_eq!(ended.code, Some(0), "{ended:?}");
    let left = into.join("flow");
    assert_eq!(ended.stdout, format!("{}\n", left.display()));
    let started = end(std::process::Command::new(&left)).await;
    assert_eq!(started.code, Some(7));
    assert!(!scene.cache().exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn help_and_version_need_no_run() {
    for (word, expected) in [
        ("--help", "longshore-run fetch --into DIR"),
        ("--version", "longshore-run 0."),
    ] {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_longshore-run"));
        command.arg(word).env_clear();
        let ended = end(command).await;
        assert_eq!(ended.code, Some(0));
        assert!(ended.stdout.contains(expected), "{ended:?}");
    }
}
