//! Damaged files: the server reports each one, and never panics.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use fastrand::Rng;
use longshore_embedded::Embedded;
use longshore_prefect::FlowRunWrite;
use serde_json::{Value, json};
use tokio::process::Command;

use crate::api::{Api, embedded};

const FOLDER: &str = "LONGSHORE_TEST_DAMAGE_FOLDER";

/// Damaged copies of each of the two files: one was closed in order, one was copied from a running server.
const COPIES: u64 = 130;

/// Far more than the copies need on a busy machine; a page that refers to itself must not be followed for ever.
const LONGEST: Duration = Duration::from_secs(240);

const PAGE: usize = 4096;

/// Writes a database with runs and logs, and returns its bytes before and after the server has closed it.
async fn originals() -> [Vec<u8>; 2] {
    let fixture = embedded().await;
    let write = fixture.api.write().await;
    let deployment = fixture.api.deploy(&write).await.id;
    for number in 0..40 {
        let run = FlowRunWrite::new(format!("key {number}"));
        let run = fixture.api.client.create_flow_run(deployment, &run).await;
        let run = run.expect("a run").id;
        let logs: Vec<Value> = (0..25)
            .map(|line| {
                json!({
                    "name": "test", "level": 20, "message": format!("line {line} of {number}"),
                    "timestamp": "2026-01-01T00:00:00Z", "flow_run_id": run,
                })
            })
            .collect();
        let (status, _) = fixture.api.post("/logs/", &json!(logs)).await;
        assert_eq!(status, 201);
    }
    let file = fixture.folder.path().join("prefect.redb");
    let running = fs::read(&file).expect("the file");
    fixture.server.shutdown().await;
    [running, fs::read(&file).expect("the file")]
}

fn damage(content: &mut Vec<u8>, random: &mut Rng) -> String {
    let at = random.usize(..content.len());
    match random.u8(..3) {
        0 => {
            content.truncate(at);
            format!("cut to {at} bytes")
        }
        1 => {
            let end = content.len().min(at + random.usize(1..64));
            for byte in &mut content[at..end] {
                *byte ^= random.u8(1..);
            }
            format!("other bytes in {at}..{end}")
        }
        _ => {
            let start = at / PAGE * PAGE;
            let end = content.len().min(start + PAGE);
            content[start..end].fill(0);
            format!("zeros in {start}..{end}")
        }
    }
}

/// Lists and writes; an answer with a code of 500 has to name the file and what to do.
async fn check_answers(api: &Api, file: &str, damage: &str) -> bool {
    let mut failed = false;
    for (path, body) in [
        ("/deployments/filter", json!({})),
        ("/flows/filter", json!({})),
        ("/flow_runs/filter", json!({})),
        ("/logs/filter", json!({})),
        ("/flows/", json!({ "name": "another" })),
        ("/flows/filter", json!({})),
    ] {
        let (status, answer) = api.post(path, &body).await;
        if status >= 500 {
            let message = answer["exception_message"].as_str().unwrap_or_default();
            assert!(
                message.contains(file) && message.contains("move"),
                "{path} after {damage}: {status} {answer}"
            );
            failed = true;
        }
    }
    failed
}

/// Returns whether anything failed.
async fn check_copy(folder: &Path, damage: &str) -> bool {
    let file = folder.join("prefect.redb").display().to_string();
    let server = match Embedded::open(folder) {
        Ok(database) => database.serve().await.expect("a server"),
        Err(error) => {
            assert!(
                error.to_string().contains(&file) && error.help().contains("move"),
                "{error} after {damage}"
            );
            return true;
        }
    };
    let api = Api::new(server.api_url(), Some(server.auth_string().to_owned()));
    let failed = check_answers(&api, &file, damage).await;
    server.shutdown().await;
    failed
}

/// Not a test by itself: the process that the test below starts.
#[tokio::test]
async fn the_process_that_opens_damaged_files() {
    let Ok(folder) = std::env::var(FOLDER) else {
        return;
    };
    let mut failures = 0;
    for (number, original) in originals().await.iter().enumerate() {
        for seed in 0..COPIES {
            let folder = PathBuf::from(&folder).join(format!("{number}-{seed}"));
            fs::create_dir(&folder).expect("a folder");
            let mut content = original.clone();
            let damage = damage(&mut content, &mut Rng::with_seed(seed));
            fs::write(folder.join("prefect.redb"), content).expect("a file");
            failures += u64::from(check_copy(&folder, &damage).await);
        }
    }
    assert!(failures > COPIES / 4, "{failures} failures only");
}

#[tokio::test]
async fn damaged_files_are_reported_without_a_panic() {
    let folder = tempfile::tempdir().expect("a folder");
    let process = Command::new(std::env::current_exe().expect("the test binary"))
        .args([
            "--exact",
            "damage::the_process_that_opens_damaged_files",
            "--nocapture",
        ])
        .env(FOLDER, folder.path())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .output();
    let output = tokio::time::timeout(LONGEST, process)
        .await
        .expect("an end in time")
        .expect("a process");
    let printed = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{}: {printed}", output.status);
    assert!(!printed.contains("panicked"), "{printed}");
}
