//! The local store under good and bad conditions.

use std::env;
use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Barrier;
use std::thread;

use longshore_storage::{ArtifactKey, Digest, LocalStore, MANIFEST, Put, StoreError};
use tempfile::TempDir;

/// Where a child process of a test finds its store.
const CHILD_STORE: &str = "LONGSHORE_TEST_STORE";

fn key(content: &[u8]) -> ArtifactKey {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("content");
    fs::write(&path, content).unwrap();
    ArtifactKey {
        path: "projects/finance/daily_report".to_owned(),
        digest: Digest::of_file(&path).unwrap(),
        binary: "finance-daily-report".to_owned(),
    }
}

fn put(store: &LocalStore, content: &[u8]) -> Result<Put, StoreError> {
    store.put(
        &key(content),
        content.len() as u64,
        &mut &content[..],
        b"{}",
    )
}

/// Every file below a folder, as relative paths.
fn files(root: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut open = vec![root.to_owned()];
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else {
                found.push(path.strip_prefix(root).unwrap().to_owned());
            }
        }
    }
    found.sort();
    found
}

#[test]
fn an_artifact_is_stored_once_with_its_manifest() {
    let root = TempDir::new().unwrap();
    let store = LocalStore::new(root.path().join("artifacts"));
    let key = key(b"program");
    assert_eq!(put(&store, b"program").unwrap(), Put::Stored);
    let place = store.locate(&key);
    assert_eq!(
        place,
        root.path().join(format!(
            "artifacts/projects/finance/daily_report/{}/finance-daily-report",
            key.digest
        ))
    );
    assert_eq!(fs::read(&place).unwrap(), b"program");
    assert_eq!(fs::read(place.with_file_name(MANIFEST)).unwrap(), b"{}");
    let written = fs::metadata(&place).unwrap().modified().unwrap();
    assert_eq!(put(&store, b"program").unwrap(), Put::AlreadyThere);
    assert_eq!(fs::metadata(&place).unwrap().modified().unwrap(), written);
    assert_eq!(files(root.path()).len(), 2);
}

#[cfg(unix)]
#[test]
fn a_stored_artifact_can_be_executed() {
    use std::os::unix::fs::PermissionsExt as _;
    let root = TempDir::new().unwrap();
    let store = LocalStore::new(root.path().to_owned());
    put(&store, b"program").unwrap();
    let mode = fs::metadata(store.locate(&key(b"program")))
        .unwrap()
        .permissions()
        .mode();
    assert_eq!(mode & 0o111, 0o111);
}

/// Gives some bytes, then an error.
struct Breaks(usize);

impl Read for Breaks {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.0 == 0 {
            return Err(io::Error::other("the disk is gone"));
        }
        let length = self.0.min(buffer.len());
        buffer[..length].fill(1);
        self.0 -= length;
        Ok(length)
    }
}

#[test]
fn a_read_error_in_the_middle_leaves_nothing() {
    let root = TempDir::new().unwrap();
    let store = LocalStore::new(root.path().to_owned());
    let error = store
        .put(&key(b"x"), 1_000_000, &mut Breaks(500_000), b"{}")
        .unwrap_err();
    assert!(
        matches!(error, StoreError::ReadArtifact { .. }),
        "{error:?}"
    );
    assert_eq!(files(root.path()), Vec::<PathBuf>::new());
}

#[test]
fn content_that_is_not_what_the_digest_says_is_refused() {
    let root = TempDir::new().unwrap();
    let store = LocalStore::new(root.path().to_owned());
    let error = store
        .put(&key(b"announced"), 5, &mut &b"other"[..], b"{}")
        .unwrap_err();
    assert!(matches!(error, StoreError::Changed { .. }), "{error:?}");
    assert_eq!(files(root.path()), Vec::<PathBuf>::new());
}

#[test]
fn a_damaged_artifact_is_replaced() {
    let root = TempDir::new().unwrap();
    let store = LocalStore::new(root.path().to_owned());
    put(&store, b"program").unwrap();
    let place = store.locate(&key(b"program"));
    fs::write(&place, b"prog").unwrap();
    assert!(!store.contains(&key(b"program"), 7));
    assert_eq!(put(&store, b"program").unwrap(), Put::Stored);
    assert_eq!(fs::read(&place).unwrap(), b"program");
    fs::remove_file(place.with_file_name(MANIFEST)).unwrap();
    assert_eq!(put(&store, b"program").unwrap(), Put::Stored);
    assert_eq!(fs::read(place.with_file_name(MANIFEST)).unwrap(), b"{}");
}

#[test]
fn paths_that_leave_the_store_are_refused() {
    let root = TempDir::new().unwrap();
    let store = LocalStore::new(root.path().join("store"));
    for (path, binary) in [
        ("../outside", "b"),
        ("/etc", "b"),
        ("a", "../b"),
        ("a", "b/c"),
        ("a", ""),
    ] {
        let key = ArtifactKey {
            path: path.to_owned(),
            binary: binary.to_owned(),
            ..key(b"x")
        };
        let error = store.put(&key, 1, &mut &b"x"[..], b"{}").unwrap_err();
        assert!(
            matches!(error, StoreError::Name { .. }),
            "{path} {binary}: {error:?}"
        );
    }
    assert_eq!(files(root.path()), Vec::<PathBuf>::new());
}

#[test]
fn a_root_that_is_no_folder_is_named() {
    let root = TempDir::new().unwrap();
    let blocked = root.path().join("artifacts");
    fs::write(&blocked, "a file").unwrap();
    let error = put(&LocalStore::new(blocked), b"program").unwrap_err();
    assert!(
        matches!(error, StoreError::CreateFolder { .. }),
        "{error:?}"
    );
    assert!(error.to_string().contains("artifacts"));
}

#[test]
fn two_puts_at_once_store_one_artifact() {
    let root = TempDir::new().unwrap();
    let store = LocalStore::new(root.path().to_owned());
    let content = vec![7; 3_000_000];
    let barrier = Barrier::new(4);
    let results: Vec<Put> = thread::scope(|scope| {
        let writers: Vec<_> = (0..4)
            .map(|_| {
                scope.spawn(|| {
                    barrier.wait();
                    put(&store, &content).unwrap()
                })
            })
            .collect();
        writers
            .into_iter()
            .map(|writer| writer.join().unwrap())
            .collect()
    });
    let stored = results.iter().filter(|put| **put == Put::Stored).count();
    assert_eq!(stored, 1, "{results:?}");
    assert_eq!(files(root.path()).len(), 2);
    assert!(store.contains(&key(&content), 3_000_000));
}

/// Not a test by itself: a child process of the next two stores more than it may write.
#[test]
fn child_stores_too_much() {
    let Some(root) = env::var_os(CHILD_STORE) else {
        return;
    };
    let error = LocalStore::new(root.into())
        .put(
            &key(b"small"),
            1_000_000,
            &mut &vec![7; 1_000_000][..],
            b"{}",
        )
        .unwrap_err();
    assert!(matches!(error, StoreError::Write { .. }), "{error:?}");
}

/// Runs the child above in a shell that lets a file grow to 64 kB.
#[cfg(unix)]
fn run_child(root: &Path, on_limit: &str) -> bool {
    let program = env::current_exe().unwrap();
    Command::new("sh")
        .arg("-c")
        .arg(format!(
            "{on_limit} ulimit -f 128; exec \"$0\" --exact local::child_stores_too_much"
        ))
        .arg(program)
        .env(CHILD_STORE, root)
        .output()
        .unwrap()
        .status
        .success()
}

#[cfg(unix)]
#[test]
fn a_write_error_in_the_middle_leaves_nothing() {
    let root = TempDir::new().unwrap();
    assert!(run_child(root.path(), "trap '' XFSZ;"));
    assert_eq!(files(root.path()), Vec::<PathBuf>::new());
}

#[cfg(unix)]
#[test]
fn a_process_killed_in_the_middle_leaves_nothing_under_the_final_name() {
    let root = TempDir::new().unwrap();
    // Without the trap the kernel ends the process at the limit.
    assert!(!run_child(root.path(), ""));
    assert!(!root.path().join("projects").exists());
    assert_eq!(
        put(
            &LocalStore::new(root.path().to_owned()),
            &vec![7; 1_000_000]
        )
        .unwrap(),
        Put::Stored
    );
}
