//! Fetched programs by digest, shared by all processes of a machine.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use longshore_storage::Digest;

use crate::assignment::Artifact;
use crate::error::RunError;

const FOLDER: &str = "LONGSHORE_CACHE";
const LIMIT: &str = "LONGSHORE_CACHE_MEGABYTES";
const DEFAULT_LIMIT: u64 = 4096;
const MEGABYTE: u64 = 1_000_000;

/// A folder with one folder per digest, and beside each the file by which processes exclude each other.
pub(crate) struct Cache {
    folder: PathBuf,
    /// In bytes.
    limit: u64,
}

impl Cache {
    pub(crate) fn from_environment(
        env: &impl Fn(&str) -> Option<String>,
    ) -> Result<Self, RunError> {
        let variable = |name: &str| env(name).filter(|value| !value.trim().is_empty());
        let folder = match (
            variable(FOLDER),
            variable("XDG_CACHE_HOME"),
            variable("HOME"),
        ) {
            (Some(folder), _, _) => PathBuf::from(folder),
            (None, Some(folder), _) => Path::new(&folder).join("longshore"),
            (None, None, Some(home)) => Path::new(&home).join(".cache/longshore"),
            (None, None, None) => return Err(RunError::NoCache),
        };
        let limit = match variable(LIMIT) {
            Some(text) => text
                .trim()
                .parse()
                .map_err(|_| RunError::CacheLimit(text))?,
            None => DEFAULT_LIMIT,
        };
        Ok(Self {
            folder,
            limit: limit.saturating_mul(MEGABYTE),
        })
    }

    /// The program of an artifact, fetched if it is not there whole; processes that want the same one wait for each other.
    pub(crate) async fn get(
        &self,
        artifact: &Artifact,
        fetch: impl AsyncFnOnce(&Path) -> Result<(), RunError>,
    ) -> Result<PathBuf, RunError> {
        let mut builder = DirBuilder::new();
        builder.recursive(true).mode(0o700);
        builder
            .create(&self.folder)
            .map_err(|source| self.failed(source))?;
        let place = self.folder.join(artifact.digest.to_string());
        let lock = self
            .lock(artifact.digest)
            .map_err(|source| self.failed(source))?;
        // The system lets it go when this process ends, however it ends.
        lock.lock().map_err(|source| self.failed(source))?;
        let program = place.join(artifact.name());
        // Verified every time: a cache is a folder that others can write too.
        if Digest::of_file(&program).is_ok_and(|found| found == artifact.digest) {
            touch(&place);
            return Ok(program);
        }
        // What is there is damaged, or the rest of a process that was killed.
        let _ = fs::remove_dir_all(&place);
        fs::create_dir_all(&place).map_err(|source| self.failed(source))?;
        self.make_room(artifact.digest);
        let fetched = fetch(&program).await;
        if fetched.is_err() {
            let _ = fs::remove_dir_all(&place);
        }
        fetched?;
        self.make_room(artifact.digest);
        Ok(program)
    }

    fn lock(&self, digest: Digest) -> io::Result<File> {
        OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .open(self.folder.join(format!("{digest}.lock")))
    }

    /// Deletes the least recently used programs until the rest is small enough; a failure costs only room.
    fn make_room(&self, kept: Digest) {
        let mut entries = self.entries();
        entries.sort_by_key(|entry| entry.used);
        let mut total: u64 = entries.iter().map(|entry| entry.length).sum();
        for entry in entries {
            if total <= self.limit {
                break;
            }
            // Another process holds the lock while it verifies or fetches; a running program survives its file.
            let free = entry.digest != kept
                && self.lock(entry.digest).is_ok_and(|lock| {
                    lock.try_lock().is_ok() && fs::remove_dir_all(&entry.path).is_ok()
                });
            if free {
                total -= entry.length;
            }
        }
    }

    fn entries(&self) -> Vec<Entry> {
        let folders = fs::read_dir(&self.folder).into_iter().flatten().flatten();
        folders
            .filter_map(|folder| Entry::read(&folder.path()))
            .collect()
    }

    fn failed(&self, source: io::Error) -> RunError {
        RunError::Cache {
            path: self.folder.clone(),
            source,
        }
    }
}

/// A program in the cache.
struct Entry {
    digest: Digest,
    path: PathBuf,
    /// In bytes.
    length: u64,
    used: SystemTime,
}

impl Entry {
    fn read(path: &Path) -> Option<Self> {
        let digest = path.file_name()?.to_str()?.parse().ok()?;
        let files = fs::read_dir(path).ok()?.flatten();
        let lengths = files.filter_map(|file| Some(file.metadata().ok()?.len()));
        Some(Self {
            digest,
            length: lengths.sum(),
            used: fs::metadata(path).ok()?.modified().ok()?,
            path: path.to_owned(),
        })
    }
}

/// Notes that an entry was used; a cache that cannot be written still serves.
fn touch(place: &Path) {
    let _ = File::open(place).and_then(|folder| folder.set_modified(SystemTime::now()));
}

#[cfg(test)]
mod tests;
