//! Large artifacts go through little memory.

use std::fs::{self, File};
use std::io::Write as _;
use std::process::Command;
use std::time::Instant;
use std::{env, io};

use longshore_rig::AzuriteServer;
use longshore_storage::{ArtifactKey, Digest, Put, Source, Store};
use tempfile::TempDir;

use super::{ready, store};
use crate::conformance::noise;

/// Where a child process finds its store.
const CHILD: &str = "LONGSHORE_TEST_LARGE_STORE";

/// Size of the artifact; `500` by hand.
const MEGABYTES: &str = "LONGSHORE_TEST_MEGABYTES";

/// Not a test by itself: a child process of the next one, whose memory is measured.
#[tokio::test]
async fn child_stores_and_fetches_a_large_artifact() {
    let Ok(connection_string) = env::var(CHILD) else {
        return;
    };
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("program");
    let megabytes: usize = env::var(MEGABYTES).map_or(96, |text| text.parse().unwrap());
    write(&file, megabytes).unwrap();
    let key = ArtifactKey {
        path: "projects/finance/large".to_owned(),
        digest: Digest::of_file(&file).unwrap(),
        binary: "large".to_owned(),
    };
    let source = Source {
        file: &file,
        length: megabytes as u64 * 1_000_000,
        manifest: b"{}",
        metadata: &[],
        is_new: false,
    };
    let store = Store::from(store(&connection_string));
    let started = Instant::now();
    assert_eq!(store.put(&key, source, &|_| {}).await.unwrap(), Put::Stored);
    let (uploading, stored) = (started.elapsed(), peak());
    store
        .fetch(&key, &folder.path().join("fetched"))
        .await
        .unwrap();
    println!(
        "{megabytes} MB: upload {uploading:.1?}, {stored} kB; download {:.1?}, {} kB",
        started.elapsed() - uploading,
        peak()
    );
    assert!(peak() < 64_000, "{stored} kB, then {} kB", peak());
}

fn write(path: &std::path::Path, megabytes: usize) -> io::Result<()> {
    let mut file = File::create(path)?;
    let mut piece = noise(1_000_000);
    for number in 0..megabytes {
        piece[..8].copy_from_slice(&number.to_le_bytes());
        file.write_all(&piece)?;
    }
    Ok(())
}

/// The most memory that this process has had, in kB.
fn peak() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status
        .lines()
        .find(|line| line.starts_with("VmHWM:"))
        .unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

#[tokio::test]
async fn a_large_artifact_goes_through_little_memory() {
    let server = AzuriteServer::start().unwrap();
    ready(&server).await;
    let output = Command::new(env::current_exe().unwrap())
        .args([
            "--exact",
            "azurite::memory::child_stores_and_fetches_a_large_artifact",
            "--nocapture",
        ])
        .env(CHILD, server.connection_string())
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(
        output.status.success(),
        "{text}{}",
        String::from_utf8_lossy(&output.stderr)
    );
    assert!(text.contains(" MB: upload "), "{text}");
    println!("{text}");
}
