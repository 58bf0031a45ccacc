//! A side of `cargo xtask bench storage` in a process of its own; what it has measured is JSON on stdout.
#![expect(clippy::print_stdout, reason = "the command's output")]

mod floor;
#[expect(clippy::unwrap_used, reason = "shared with the tests")]
#[path = "../../tests/it/azurite/sas.rs"]
mod sas;

use std::error::Error;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;
use std::{env, fs};

use futures::{StreamExt as _, TryStreamExt as _};
use longshore_storage::{
    Access, AccessOptions, ArtifactKey, AzureStore, Digest, Put, Source, Store,
};
use tokio::runtime::Handle;
use tokio::task;

use floor::Floor;

type Failure = Box<dyn Error + Send + Sync>;

const USAGE: &str = "\
store CONTAINER FOLDER       puts the files of a folder into a new container, as `deploy` does
floor CONTAINER FOLDER       the same blobs with the same blocks, by bare requests
find CONTAINER FOLDER        lists what is there of them
get CONTAINER URL FILE       one blob by a bare request
AZURE_STORAGE_CONNECTION_STRING names the account, with its key";

/// As many as `deploy` stores.
const FILES_AT_ONCE: usize = 4;

/// About what the description of two flows takes.
const MANIFEST: [u8; 2000] = [b' '; 2000];

/// A file and its place in the store.
#[derive(Clone)]
struct Artifact {
    key: ArtifactKey,
    file: PathBuf,
    length: u64,
}

#[tokio::main]
async fn main() -> Result<(), Failure> {
    // `cargo bench` adds it.
    let words: Vec<String> = env::args()
        .skip(1)
        .filter(|word| word != "--bench")
        .collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let started;
    let mut artifacts = Vec::new();
    match words[..] {
        ["store", container, folder] => {
            artifacts = read(folder)?;
            let store = Arc::new(connect(container)?);
            store.create_container().await?;
            started = Instant::now();
            put(Store::Azure(store), &artifacts).await?;
        }
        ["floor", container, folder] => {
            artifacts = read(folder)?;
            let store = connect(container)?;
            store.create_container().await?;
            let floor = Floor::new(container)?;
            started = Instant::now();
            put_floor(&floor, &store, &artifacts).await?;
        }
        ["find", container, folder] => {
            let sought = read(folder)?;
            let store = connect(container)?;
            started = Instant::now();
            find(&store, &sought).await?;
        }
        ["get", container, url, file] => {
            let floor = Floor::new(container)?;
            started = Instant::now();
            floor.get(url, Path::new(file)).await?;
        }
        _ => return Err(USAGE.into()),
    }
    let seconds = started.elapsed().as_secs_f64();
    let stored: Vec<String> = artifacts
        .iter()
        .map(|artifact| format!("{:?}", artifact.key.digest.to_string()))
        .collect();
    println!(
        "{{\"seconds\":{seconds},\"kib\":{},\"sha256\":[{}]}}",
        peak().unwrap_or_default(),
        stored.join(",")
    );
    Ok(())
}

fn connect(container: &str) -> Result<AzureStore, Failure> {
    let env = |name: &str| env::var(name).ok();
    let access = Access::from_environment(None, &env, AccessOptions::default())?;
    Ok(AzureStore::connect(&access, container, "")?)
}

/// The files of a folder; their digests are known before anything is stored, as in `deploy`.
fn read(folder: &str) -> Result<Vec<Artifact>, Failure> {
    let mut artifacts = Vec::new();
    for entry in fs::read_dir(folder)? {
        let file = entry?.path();
        let name = file.file_name().unwrap_or_default().to_string_lossy();
        let key = ArtifactKey {
            path: format!("projects/bench/{name}"),
            digest: Digest::of_file(&file)?,
            binary: format!("bench-{name}"),
        };
        let length = fs::metadata(&file)?.len();
        artifacts.push(Artifact { key, file, length });
    }
    Ok(artifacts)
}

async fn put(store: Store, artifacts: &[Artifact]) -> Result<(), Failure> {
    let putting = artifacts.iter().cloned().map(|artifact| {
        let store = store.clone();
        // On a thread of its own, as in `deploy`.
        let put = task::spawn_blocking(move || {
            let source = Source {
                file: &artifact.file,
                length: artifact.length,
                manifest: &MANIFEST,
                metadata: &[],
                is_new: true,
            };
            Handle::current().block_on(store.put(&artifact.key, source, &|_| {}))
        });
        async { Ok::<_, Failure>(put.await??) }
    });
    let put: Vec<Put> = futures::stream::iter(putting)
        .buffer_unordered(FILES_AT_ONCE)
        .try_collect()
        .await?;
    if put.contains(&Put::AlreadyThere) {
        return Err("the container is not a new one".into());
    }
    Ok(())
}

async fn put_floor(
    floor: &Arc<Floor>,
    store: &AzureStore,
    artifacts: &[Artifact],
) -> Result<(), Failure> {
    let putting = artifacts.iter().map(|artifact| {
        let floor = Arc::clone(floor);
        let file = artifact.file.clone();
        let binary = store.locate(&artifact.key);
        let manifest = binary.replace(&artifact.key.binary, longshore_storage::MANIFEST);
        let put = async move {
            floor.put_file(&binary, &file).await?;
            floor.put_blob(&manifest, MANIFEST.to_vec()).await
        };
        async { task::spawn(put).await? }
    });
    futures::stream::iter(putting)
        .buffer_unordered(FILES_AT_ONCE)
        .try_collect()
        .await
}

async fn find(store: &AzureStore, artifacts: &[Artifact]) -> Result<(), Failure> {
    let finding = artifacts.iter().map(async |artifact| {
        let stored = store.list(&artifact.key.path).await?;
        let whole = stored.iter().any(|found| {
            found.digest == artifact.key.digest && found.complete && found.length == artifact.length
        });
        whole
            .then_some(())
            .ok_or_else(|| Failure::from("an artifact is not there"))
    });
    futures::stream::iter(finding)
        .buffer_unordered(FILES_AT_ONCE)
        .try_collect()
        .await
}

/// The most memory that this process has had, in KiB.
fn peak() -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.split_whitespace().next()?.parse().ok()
}
