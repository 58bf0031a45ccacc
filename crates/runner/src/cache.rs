//! Fetched programs by digest, shared by all processes of a machine.

use std::fs::{self, DirBuilder, File, OpenOptions, TryLockError};
use std::io;
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime};

use longshore_storage::{ArtifactLocation, Digest, VerifiedBinary, check_private_folder};
use rustix::fs::OFlags;

use crate::error::RunError;
use crate::say;

const FOLDER: &str = "LONGSHORE_CACHE";
const LIMIT: &str = "LONGSHORE_CACHE_MEGABYTES";
const DEFAULT_LIMIT: u64 = 4096;
const MEGABYTE: u64 = 1_000_000;

/// How long another process may hold an artifact: 4 GB at 5 MB/s take 14 minutes.
const PATIENCE: Duration = Duration::from_secs(30 * 60);

/// A wait that is over sooner is not worth a line.
const SILENCE: Duration = Duration::from_secs(2);
const LOOK_AGAIN: Duration = Duration::from_millis(50);

/// A folder with one folder per digest, and beside each the file by which processes exclude each other.
pub(crate) struct Cache {
    folder: PathBuf,
    /// In bytes.
    limit: u64,
    /// How long another process is waited for.
    patience: Duration,
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
        Ok(Self {
            folder,
            limit: Self::limit_from_environment(env)?,
            patience: PATIENCE,
        })
    }

    /// The size in bytes of the cache, and so of the largest artifact.
    pub(crate) fn limit_from_environment(
        env: &impl Fn(&str) -> Option<String>,
    ) -> Result<u64, RunError> {
        let limit = match env(LIMIT).filter(|value| !value.trim().is_empty()) {
            Some(text) => text
                .trim()
                .parse()
                .map_err(|_| RunError::CacheLimit(text))?,
            None => DEFAULT_LIMIT,
        };
        Ok(limit.saturating_mul(MEGABYTE))
    }

    /// The largest artifact in bytes: what does not fit is not fetched.
    pub(crate) fn limit(&self) -> u64 {
        self.limit
    }

    /// The verified program of an artifact, fetched if it is not there whole; processes that want the same one wait for
    /// each other.
    ///
    /// # Errors
    /// The folder cannot be used or is not safe from others, another process holds the artifact for too long, or the
    /// artifact cannot be fetched.
    pub(crate) async fn get(
        &self,
        artifact: &ArtifactLocation,
        fetch: impl AsyncFnOnce(&Path) -> Result<(), RunError>,
    ) -> Result<VerifiedBinary, RunError> {
        create_private(&self.folder, true).map_err(|source| self.failed(source))?;
        check_private_folder(&self.folder)?;
        let digest = artifact.digest();
        let place = self.folder.join(digest.to_string());
        let lock = self.lock(digest).map_err(|source| self.failed(source))?;
        // The system lets it go when this process ends, however it ends.
        self.wait_for(&lock, digest).await?;
        let program = place.join(artifact.binary());
        // Verified every time: what is there may be damaged.
        if let Ok(binary) = VerifiedBinary::open(&program, digest) {
            touch(&place);
            return Ok(binary);
        }
        // What is there is damaged, or the rest of a process that was killed.
        let _ = fs::remove_dir_all(&place);
        create_private(&place, false).map_err(|source| self.failed(source))?;
        self.make_room(digest);
        let fetched = fetch(&program).await;
        if fetched.is_err() {
            let _ = fs::remove_dir_all(&place);
        }
        fetched?;
        self.make_room(digest);
        Ok(VerifiedBinary::open(&program, digest)?)
    }

    fn lock_file(&self, digest: Digest) -> PathBuf {
        self.folder.join(format!("{digest}.lock"))
    }

    fn lock(&self, digest: Digest) -> io::Result<File> {
        OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .mode(0o600)
            .custom_flags(OFlags::NOFOLLOW.bits().cast_signed())
            .open(self.lock_file(digest))
    }

    /// Waits for the process that fetches the same artifact, and says so once.
    async fn wait_for(&self, lock: &File, digest: Digest) -> Result<(), RunError> {
        let path = self.lock_file(digest);
        let begun = Instant::now();
        let mut is_told = false;
        loop {
            match lock.try_lock() {
                Ok(()) => return Ok(()),
                Err(TryLockError::Error(source)) => return Err(self.failed(source)),
                Err(TryLockError::WouldBlock) => {}
            }
            if begun.elapsed() >= self.patience {
                let minutes = self.patience.as_secs() / 60;
                return Err(RunError::Lock { path, minutes });
            }
            if !is_told && begun.elapsed() >= SILENCE {
                is_told = true;
                say(&format!(
                    "waiting for another process that fetches {} (lock file {})",
                    digest.short(),
                    path.display()
                ));
            }
            tokio::time::sleep(LOOK_AGAIN).await;
        }
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

fn create_private(folder: &Path, recursive: bool) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(recursive).mode(0o700).create(folder)
}

/// Notes that an entry was used; a cache that cannot be written still serves.
fn touch(place: &Path) {
    let _ = File::open(place).and_then(|folder| folder.set_modified(SystemTime::now()));
}

#[cfg(test)]
mod tests;
