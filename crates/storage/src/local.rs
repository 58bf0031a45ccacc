//! A store in a folder.

use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::{Component, Path, PathBuf};
use std::process;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use crate::digest::{BUFFER, Hasher};
use crate::{Digest, MANIFEST, StoreError};

/// Folder of the store in which artifacts are written before they get their final name.
const INCOMING: &str = ".incoming";

/// Age after which an unfinished artifact belongs to a process that was killed: no copy takes a day.
const ABANDONED: Duration = Duration::from_secs(24 * 60 * 60);

/// Which artifact of a store is meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ArtifactKey {
    /// Folder in the store, such as `projects/finance/daily_report`.
    pub path: String,
    /// SHA-256 of the binary.
    pub digest: Digest,
    /// File name of the binary.
    pub binary: String,
}

/// What storing an artifact came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Put {
    /// It was written.
    Stored,
    /// It was there; nothing was written.
    AlreadyThere,
}

/// A store in a folder of this machine.
#[derive(Debug, Clone)]
pub struct LocalStore {
    root: PathBuf,
}

impl LocalStore {
    /// A store in `root`; the folder is made by the first [`put`](Self::put).
    #[must_use]
    pub fn new(root: PathBuf) -> Self {
        Self { root }
    }

    /// Where the binary of an artifact is, or would be.
    #[must_use]
    pub fn locate(&self, key: &ArtifactKey) -> PathBuf {
        self.folder(key).join(&key.binary)
    }

    /// Whether the artifact is there in full: a binary of `length` bytes and its manifest.
    #[must_use]
    pub fn contains(&self, key: &ArtifactKey, length: u64) -> bool {
        let binary = fs::metadata(self.locate(key));
        binary.is_ok_and(|found| found.is_file() && found.len() == length)
            && self.folder(key).join(MANIFEST).is_file()
    }

    /// Stores `content` of `length` bytes and its manifest, unless they are there.
    ///
    /// Both are written into a folder of their own on the same file system, forced to the disk and
    /// then renamed, so that the final name only ever shows a whole artifact.
    ///
    /// # Errors
    /// A name that would leave the store, a folder or file that cannot be written, a content that
    /// cannot be read or has another digest than the key says.
    pub fn put(
        &self,
        key: &ArtifactKey,
        length: u64,
        content: &mut dyn Read,
        manifest: &[u8],
    ) -> Result<Put, StoreError> {
        check_names(key)?;
        if self.contains(key, length) {
            return Ok(Put::AlreadyThere);
        }
        let incoming = Incoming::create(&self.root)?;
        incoming.write_binary(key, content)?;
        incoming.write(MANIFEST, manifest)?;
        sync_folder(&incoming.0)?;
        let folder = self.folder(key);
        let parent = folder.parent().unwrap_or(&self.root);
        create_folder(parent)?;
        match fs::rename(&incoming.0, &folder) {
            Ok(()) => {}
            Err(_) if self.contains(key, length) => return Ok(Put::AlreadyThere),
            // The folder is there but not whole: somebody deleted or damaged a file in it.
            Err(_) if folder.is_dir() => incoming.replace_files(&folder, &key.binary)?,
            Err(source) => {
                return Err(StoreError::Write {
                    path: folder,
                    source,
                });
            }
        }
        sync_folder(parent)?;
        Ok(Put::Stored)
    }

    fn folder(&self, key: &ArtifactKey) -> PathBuf {
        self.root.join(&key.path).join(key.digest.to_string())
    }
}

fn check_names(key: &ArtifactKey) -> Result<(), StoreError> {
    let inside = |text: &str| {
        Path::new(text)
            .components()
            .all(|part| matches!(part, Component::Normal(_)))
    };
    let single = Path::new(&key.binary).components().count() == 1;
    for (name, fits) in [
        (&key.path, inside(&key.path)),
        (&key.binary, single && inside(&key.binary)),
    ] {
        if !fits || name.starts_with(INCOMING) {
            return Err(StoreError::Name { name: name.clone() });
        }
    }
    Ok(())
}

/// A folder that holds an artifact while it is written; it goes away with this value.
struct Incoming(PathBuf);

impl Drop for Incoming {
    fn drop(&mut self) {
        // After the rename it is gone; after an error there is nothing better to do.
        let _ = fs::remove_dir_all(&self.0);
    }
}

impl Incoming {
    fn create(root: &Path) -> Result<Self, StoreError> {
        static COUNTER: AtomicU64 = AtomicU64::new(0);
        let parent = root.join(INCOMING);
        create_folder(&parent)?;
        remove_abandoned(&parent);
        let number = COUNTER.fetch_add(1, Ordering::Relaxed);
        let path = parent.join(format!("{}-{number}", process::id()));
        // A former process with this id may have been killed here.
        let _ = fs::remove_dir_all(&path);
        create_folder(&path)?;
        Ok(Self(path))
    }

    fn write_binary(&self, key: &ArtifactKey, content: &mut dyn Read) -> Result<(), StoreError> {
        let path = self.0.join(&key.binary);
        let failed = |source| StoreError::Write {
            path: path.clone(),
            source,
        };
        let mut file = File::create_new(&path).map_err(failed)?;
        let mut hasher = Hasher::default();
        let mut buffer = vec![0; BUFFER];
        loop {
            let length = match content.read(&mut buffer) {
                Ok(0) => break,
                Ok(length) => length,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(source) => {
                    return Err(StoreError::ReadArtifact {
                        binary: key.binary.clone(),
                        source,
                    });
                }
            };
            hasher.update(&buffer[..length]);
            file.write_all(&buffer[..length]).map_err(failed)?;
        }
        let read = hasher.finish();
        if read != key.digest {
            return Err(StoreError::Changed {
                binary: key.binary.clone(),
                expected: key.digest,
                read,
            });
        }
        make_executable(&file).map_err(failed)?;
        file.sync_all().map_err(failed)
    }

    fn write(&self, name: &str, content: &[u8]) -> Result<(), StoreError> {
        let path = self.0.join(name);
        let written = File::create_new(&path).and_then(|mut file| {
            file.write_all(content)?;
            file.sync_all()
        });
        written.map_err(|source| StoreError::Write { path, source })
    }

    fn replace_files(&self, folder: &Path, binary: &str) -> Result<(), StoreError> {
        for name in [binary, MANIFEST] {
            let path = folder.join(name);
            fs::rename(self.0.join(name), &path)
                .map_err(|source| StoreError::Write { path, source })?;
        }
        sync_folder(folder)
    }
}

fn create_folder(path: &Path) -> Result<(), StoreError> {
    fs::create_dir_all(path).map_err(|source| StoreError::CreateFolder {
        path: path.to_owned(),
        source,
    })
}

/// Takes away what killed processes left; it only costs room, so a failure is no error.
fn remove_abandoned(parent: &Path) {
    let Ok(entries) = fs::read_dir(parent) else {
        return;
    };
    for entry in entries.flatten() {
        let changed = entry.metadata().and_then(|found| found.modified());
        if changed.is_ok_and(|time| time.elapsed().is_ok_and(|age| age > ABANDONED)) {
            let _ = fs::remove_dir_all(entry.path());
        }
    }
}

#[cfg(unix)]
fn make_executable(file: &File) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    file.set_permissions(fs::Permissions::from_mode(0o755))
}

#[cfg(not(unix))]
fn make_executable(_file: &File) -> io::Result<()> {
    Ok(())
}

/// Makes the names in a folder durable; only Unix can open a folder for that.
fn sync_folder(path: &Path) -> Result<(), StoreError> {
    if !cfg!(unix) {
        return Ok(());
    }
    File::open(path)
        .and_then(|folder| folder.sync_all())
        .map_err(|source| StoreError::Write {
            path: path.to_owned(),
            source,
        })
}
