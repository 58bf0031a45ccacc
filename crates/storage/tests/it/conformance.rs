//! What every store does, whichever it is.

use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};

use longshore_storage::{
    ArtifactKey, Digest, LocalStore, MANIFEST, Put, Source, Store, StoreError,
};
use tempfile::TempDir;

/// A file with some content, as a build leaves it.
pub(crate) struct Built {
    pub(crate) folder: TempDir,
    pub(crate) key: ArtifactKey,
    length: u64,
}

impl Built {
    pub(crate) fn new(path: &str, content: &[u8]) -> Self {
        let folder = TempDir::new().unwrap();
        let file = folder.path().join("program");
        fs::write(&file, content).unwrap();
        let key = ArtifactKey {
            path: path.to_owned(),
            digest: Digest::of_file(&file).unwrap(),
            binary: "finance-daily-report".to_owned(),
        };
        Self {
            folder,
            key,
            length: content.len() as u64,
        }
    }

    pub(crate) fn file(&self) -> std::path::PathBuf {
        self.folder.path().join("program")
    }

    pub(crate) async fn put(&self, store: &Store) -> Result<Put, StoreError> {
        self.put_with_progress(store, &|_| {}).await
    }

    async fn put_with_progress(
        &self,
        store: &Store,
        progress: &(dyn Fn(u64) + Sync),
    ) -> Result<Put, StoreError> {
        let source = Source {
            file: &self.file(),
            length: self.length,
            manifest: b"{\"flows\":[]}",
            metadata: &[("git_commit", "0123456"), ("build_profile", "release")],
            is_new: false,
        };
        store.put(&self.key, source, progress).await
    }
}

/// Content that compresses badly and differs between its blocks.
pub(crate) fn noise(length: usize) -> Vec<u8> {
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    let mut bytes = Vec::with_capacity(length + 8);
    while bytes.len() < length {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        bytes.extend(state.to_le_bytes());
    }
    bytes.truncate(length);
    bytes
}

const PATH: &str = "projects/finance/daily_report";

/// All of it on an empty store.
pub(crate) async fn conforms(store: &Store) {
    nothing_is_no_error(store).await;
    an_artifact_is_stored_once_and_comes_back(store).await;
    a_large_artifact_comes_back(store).await;
    a_listing_shows_one_folder(store).await;
    content_of_another_digest_is_refused(store).await;
    a_removed_artifact_is_gone(store).await;
    names_that_leave_the_store_are_refused(store).await;
    several_writers_store_one_artifact(store).await;
    store.check_writable().await.unwrap();
}

async fn nothing_is_no_error(store: &Store) {
    let built = Built::new(PATH, b"absent");
    assert_eq!(store.list(PATH).await.unwrap(), []);
    assert!(!store.remove(&built.key).await.unwrap());
    let target = built.folder.path().join("fetched");
    let error = store.fetch(&built.key, &target).await.unwrap_err();
    assert!(matches!(error, StoreError::Missing { .. }), "{error:?}");
    assert!(
        error.to_string().contains(&built.key.digest.to_string()),
        "{error}"
    );
    let error = store.manifest(&built.key).await.unwrap_err();
    assert!(matches!(error, StoreError::Missing { .. }), "{error:?}");
    assert_eq!(files(built.folder.path()), ["program"]);
}

async fn an_artifact_is_stored_once_and_comes_back(store: &Store) {
    let built = Built::new(PATH, b"#!/bin/sh\nexit 7\n");
    let arrived = AtomicU64::new(0);
    let progress = |bytes| {
        arrived.fetch_add(bytes, Ordering::Relaxed);
    };
    let put = built.put_with_progress(store, &progress).await.unwrap();
    assert_eq!((put, arrived.load(Ordering::Relaxed)), (Put::Stored, 17));
    let listed = store.list(PATH).await.unwrap();
    assert_eq!(listed.len(), 1);
    assert_eq!(listed[0].digest, built.key.digest);
    assert_eq!(listed[0].binary, "finance-daily-report");
    assert_eq!((listed[0].length, listed[0].complete), (17, true));
    assert!(listed[0].stored.elapsed().unwrap().as_secs() < 300);
    assert_eq!(built.put(store).await.unwrap(), Put::AlreadyThere);
    assert_eq!(store.list(PATH).await.unwrap(), listed);
    assert_eq!(store.manifest(&built.key).await.unwrap(), b"{\"flows\":[]}");
    assert!(
        store
            .locate(&built.key)
            .ends_with(&format!("{PATH}/{}/finance-daily-report", built.key.digest))
    );
    fetches(store, &built, b"#!/bin/sh\nexit 7\n").await;
}

async fn fetches(store: &Store, built: &Built, content: &[u8]) {
    let target = built.folder.path().join("fetched");
    store.fetch(&built.key, &target).await.unwrap();
    assert!(fs::read(&target).unwrap() == content);
    assert_eq!(files(built.folder.path()), ["fetched", "program"]);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = fs::metadata(&target).unwrap().permissions().mode();
        assert_eq!(mode & 0o111, 0o111);
    }
}

async fn a_large_artifact_comes_back(store: &Store) {
    for length in [8 * 1024 * 1024, 9_000_001] {
        let content = noise(length);
        let built = Built::new("projects/finance/large", &content);
        let arrived = AtomicU64::new(0);
        let progress = |bytes| {
            arrived.fetch_add(bytes, Ordering::Relaxed);
        };
        assert_eq!(
            built.put_with_progress(store, &progress).await.unwrap(),
            Put::Stored
        );
        assert_eq!(arrived.load(Ordering::Relaxed), length as u64);
        fetches(store, &built, &content).await;
    }
}

async fn a_listing_shows_one_folder(store: &Store) {
    for (path, content) in [
        ("projects/energy/prices", "one"),
        ("projects/energy/prices", "two"),
        ("projects/energy/prices_eu", "three"),
    ] {
        Built::new(path, content.as_bytes())
            .put(store)
            .await
            .unwrap();
    }
    assert_eq!(store.list("projects/energy/prices").await.unwrap().len(), 2);
    assert_eq!(
        store.list("projects/energy/prices_eu").await.unwrap().len(),
        1
    );
    assert_eq!(store.list("projects/energy").await.unwrap(), []);
}

async fn content_of_another_digest_is_refused(store: &Store) {
    for length in [5, 9_000_001] {
        let mut built = Built::new("projects/finance/other", &noise(length));
        built.key.digest = Built::new(PATH, b"announced").key.digest;
        let error = built.put(store).await.unwrap_err();
        assert!(matches!(error, StoreError::Changed { .. }), "{error:?}");
        assert_eq!(store.list("projects/finance/other").await.unwrap(), []);
    }
}

async fn a_removed_artifact_is_gone(store: &Store) {
    let built = Built::new("projects/finance/short_lived", b"program");
    built.put(store).await.unwrap();
    assert!(store.remove(&built.key).await.unwrap());
    assert_eq!(
        store.list("projects/finance/short_lived").await.unwrap(),
        []
    );
    let error = store.manifest(&built.key).await.unwrap_err();
    assert!(matches!(error, StoreError::Missing { .. }), "{error:?}");
    assert_eq!(built.put(store).await.unwrap(), Put::Stored);
}

async fn names_that_leave_the_store_are_refused(store: &Store) {
    for (path, binary) in [
        ("../outside", "b"),
        ("/etc", "b"),
        ("", "b"),
        ("a", "../b"),
        ("a", "b/c"),
        ("a", ""),
    ] {
        let mut built = Built::new(path, b"x");
        built.key.binary = binary.to_owned();
        let error = built.put(store).await.unwrap_err();
        assert!(
            matches!(error, StoreError::Name { .. }),
            "{path} {binary}: {error:?}"
        );
        let error = store.remove(&built.key).await.unwrap_err();
        assert!(
            matches!(error, StoreError::Name { .. }),
            "{path} {binary}: {error:?}"
        );
    }
}

async fn several_writers_store_one_artifact(store: &Store) {
    let content = noise(9_000_000);
    let builds: Vec<Built> = (0..4)
        .map(|_| Built::new("projects/finance/shared", &content))
        .collect();
    let puts = futures::future::join_all(builds.iter().map(|built| built.put(store))).await;
    let puts: Vec<Put> = puts.into_iter().map(Result::unwrap).collect();
    assert!(puts.contains(&Put::Stored), "{puts:?}");
    let listed = store.list("projects/finance/shared").await.unwrap();
    assert_eq!((listed.len(), listed[0].complete), (1, true));
    fetches(store, &builds[0], &content).await;
}

fn files(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

#[tokio::test]
async fn a_local_folder_conforms() {
    let root = TempDir::new().unwrap();
    let store = Store::from(LocalStore::new(root.path().join("artifacts")));
    conforms(&store).await;
}

#[tokio::test]
async fn flipped_bytes_in_a_folder_are_not_fetched() {
    let root = TempDir::new().unwrap();
    let store = Store::from(LocalStore::new(root.path().to_owned()));
    let built = Built::new(PATH, b"program");
    built.put(&store).await.unwrap();
    fs::write(store.locate(&built.key), b"pragram").unwrap();
    let target = built.folder.path().join("fetched");
    let error = store.fetch(&built.key, &target).await.unwrap_err();
    assert!(matches!(error, StoreError::Damaged { .. }), "{error:?}");
    assert_eq!(files(built.folder.path()), ["program"]);
    assert!(error.help().unwrap().contains("was not executed"));
    assert!(
        Path::new(&store.locate(&built.key))
            .with_file_name(MANIFEST)
            .is_file()
    );
}
