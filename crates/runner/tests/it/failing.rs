use std::fs;
use std::process::Command;

use longshore_prefect::{State, StateType};
use serde_json::json;
use uuid::Uuid;

use crate::scene::{Scene, artifact, end};

const TRAP: &str = "#!/bin/sh\necho executed\n";

#[tokio::test(flavor = "multi_thread")]
async fn every_failure_before_the_start_crashes_the_run_and_says_what_to_do() {
    let scene = Scene::set().await;
    let program = scene.program(TRAP);
    let right = artifact(&program);
    let sha256 = right["sha256"].clone();
    let missing = program.with_file_name("gone");
    let missing = missing.to_str().unwrap();
    let damaged = scene.program("#!/bin/sh\necho before\n");
    let of_damaged = artifact(&damaged);
    fs::write(&damaged, TRAP).unwrap();
    let url = format!(
        "https://acme.blob.core.windows.net/flows/a/{}/b",
        sha256.as_str().unwrap()
    );
    for (variables, texts) in [
        (
            json!({ "artifact": missing, "sha256": sha256 }),
            [
                &*format!("there is no artifact at `{missing}`"),
                "deploy again",
            ],
        ),
        (
            of_damaged,
            ["is damaged: it has the digest", "it was not executed"],
        ),
        (
            json!({ "artifact": program, "sha256": "1".repeat(64) }),
            [
                "is not that of the artifact with the SHA-256 `1111",
                "deploy again",
            ],
        ),
        (
            json!({ "artifact": program, "sha256": "latest" }),
            ["`latest` is not a SHA-256", "`deploy apply` sets"],
        ),
        (json!({}), ["the job variable `artifact`", "deploy again"]),
        (
            json!({ "artifact": program }),
            ["the job variable `sha256`", "deploy again"],
        ),
        (
            json!({ "artifact": "s3://bucket/x", "sha256": sha256 }),
            [
                "the artifact `s3://bucket/x` is in none of the stores of this worker",
                "set `LONGSHORE_STORES` for the worker",
            ],
        ),
        (
            json!({ "artifact": url, "sha256": sha256 }),
            [
                "`AZURE_CLIENT_SECRET` is set, but `AZURE_TENANT_ID` is not",
                "set `AZURE_TENANT_ID` too",
            ],
        ),
    ] {
        let id = scene.run_of(variables, json!({})).await;
        let mut command = scene.command(id);
        let stores = format!("az://acme/flows,{}", scene.store().display());
        command
            .env("LONGSHORE_STORES", stores)
            .env("AZURE_CLIENT_SECRET", "s3cr3t")
            .env("AZURE_CLIENT_ID", "1");
        let ended = end(command).await;
        assert_eq!(
            (ended.code, ended.stdout.as_str()),
            (Some(1), ""),
            "{ended:?}"
        );
        let message = scene.crash(id).await;
        for text in texts {
            assert!(message.contains(text), "{message}");
            assert!(ended.stderr.contains(text), "{ended:?}");
        }
        assert!(!format!("{message}{ended:?}").contains("s3cr3t"));
        // Nothing of it stays in the cache.
        let _ = fs::remove_dir(scene.cache());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_artifact_for_another_architecture_is_not_started() {
    let scene = Scene::set().await;
    let mut foreign = fs::read(env!("CARGO_BIN_EXE_longshore-run")).unwrap();
    // SPARC, in the field `e_machine`.
    foreign[18..20].copy_from_slice(&[43, 0]);
    let program = scene.program(&foreign);
    let id = scene.run_of_program(&program).await;
    let ended = end(scene.command(id)).await;
    assert_eq!(ended.code, Some(1), "{ended:?}");
    let message = scene.crash(id).await;
    assert!(
        message.contains("is for an architecture with ELF number 43"),
        "{message}"
    );
    assert!(
        message.contains("set `target` in `[build]` of longshore.toml"),
        "{message}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cache_that_cannot_be_used_is_named() {
    let scene = Scene::set().await;
    let program = scene.program(TRAP);
    let blocked = scene.folder.path().join("blocked");
    fs::write(&blocked, "a file").unwrap();
    let id = scene.run_of_program(&program).await;
    let mut command = scene.command(id);
    command.env("LONGSHORE_CACHE", &blocked);
    assert_eq!(end(command).await.code, Some(1));
    let message = scene.crash(id).await;
    assert!(
        message.contains("cannot use the cache at") && message.contains("blocked"),
        "{message}"
    );
    assert!(
        message.contains("`LONGSHORE_CACHE` names another one"),
        "{message}"
    );
}

/// A limit on the size of files, in place of a full disk, which needs a file system of its own.
#[tokio::test(flavor = "multi_thread")]
async fn a_cache_without_room_is_named_and_left_empty() {
    let scene = Scene::set().await;
    let mut content = TRAP.as_bytes().to_vec();
    content.resize(1_000_000, b'#');
    let program = scene.program(&content);
    let id = scene.run_of_program(&program).await;
    let inner = scene.command(id);
    let mut command = Command::new("sh");
    command
        .arg("-c")
        .arg("trap '' XFSZ; ulimit -f 128; exec \"$0\"")
        .arg(inner.get_program())
        .env_clear();
    for (name, value) in inner.get_envs() {
        command.env(name, value.unwrap());
    }
    let ended = end(command).await;
    assert_eq!(
        (ended.code, ended.stdout.as_str()),
        (Some(1), ""),
        "{ended:?}"
    );
    let message = scene.crash(id).await;
    assert!(
        message.contains("cannot write the fetched artifact to"),
        "{message}"
    );
    assert!(message.contains("with room for the artifact"), "{message}");
    let left = fs::read_dir(scene.cache()).unwrap().flatten();
    assert_eq!(left.filter(|entry| entry.path().is_dir()).count(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_has_ended_keeps_its_state() {
    let scene = Scene::set().await;
    let id = scene.run_of(json!({}), json!({})).await;
    let mut cancelled = State::new(StateType::Cancelled);
    cancelled.message = Some("by hand".to_owned());
    let set = scene
        .client
        .set_flow_run_state(id, cancelled, Uuid::new_v4());
    set.await.unwrap();
    let ended = end(scene.command(id)).await;
    assert_eq!(ended.code, Some(1));
    assert_eq!(scene.state(id).await.message.as_deref(), Some("by hand"));
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_run_or_a_server_the_text_says_so() {
    let scene = Scene::set().await;
    for (name, value, expected) in [
        (
            "PREFECT__FLOW_RUN_ID",
            "",
            "`PREFECT__FLOW_RUN_ID` is not set",
        ),
        ("PREFECT__FLOW_RUN_ID", "7", "is not the id of a flow run"),
        (
            "PREFECT__FLOW_RUN_ID",
            "11111111-1111-1111-1111-111111111111",
            "there is no flow run 11111111",
        ),
        ("PREFECT_API_URL", "", "no Prefect server is named"),
        ("PREFECT_API_AUTH_STRING", "wrong:wrong", "401"),
    ] {
        let mut command = scene.command(Uuid::new_v4());
        command.env(name, value);
        let ended = end(command).await;
        assert_eq!(
            (ended.code, ended.stdout.as_str()),
            (Some(1), ""),
            "{ended:?}"
        );
        assert!(ended.stderr.contains(expected), "{ended:?}");
    }
    let mut command = scene.command(Uuid::new_v4());
    command
        .env("PREFECT_API_URL", "https://127.0.0.1:9/api")
        .env("SSL_CERT_FILE", "/nowhere");
    let ended = end(command).await;
    assert_eq!(ended.code, Some(1), "{ended:?}");
    assert!(
        ended.stderr.contains("`ca-certificates`"),
        "an image without certificates: {ended:?}"
    );
    let mut command = scene.command(Uuid::new_v4());
    command.arg("--verbose");
    assert_eq!(end(command).await.code, Some(2));
}

#[test]
fn control_characters_in_an_error_are_shown_and_its_lines_belong_to_it() {
    let word = "\u{1b}]52;c;eA==\u{7}\rx\u{202e}y\nlongshore-run: fetched";
    let mut command = Command::new(env!("CARGO_BIN_EXE_longshore-run"));
    let ended = command.arg(word).output().unwrap();
    let stderr = String::from_utf8(ended.stderr).unwrap();
    assert!(
        stderr.contains("\\u{1b}]52;c;eA==\\u{7}\\rx\\u{202e}y\n    longshore-run: fetched"),
        "{stderr:?}"
    );
    assert!(
        !stderr.contains(['\u{1b}', '\u{7}', '\r', '\u{202e}']),
        "{stderr:?}"
    );
}
