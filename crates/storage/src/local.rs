//! A store in a folder.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::process;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime};

use crate::digest::{BUFFER, Hasher};
use crate::key::{INCOMING, check_path};
use crate::landing::Landing;
use crate::{ArtifactKey, Digest, MANIFEST, Put, StoreError, StoredArtifact};

/// Age after which an unfinished artifact belongs to a process that was killed: no copy takes a day.
const ABANDONED: Duration = Duration::from_secs(24 * 60 * 60);

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
        key.check()?;
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

    /// The artifacts below a storage path; none if there is no such folder.
    ///
    /// # Errors
    /// The path would leave the store, or a folder cannot be read.
    pub fn list(&self, path: &str) -> Result<Vec<StoredArtifact>, StoreError> {
        check_path(path)?;
        let folder = self.root.join(path);
        let mut found = Vec::new();
        for entry in read_folder(&folder)? {
            let name = entry.file_name();
            let Some(Ok(digest)) = name.to_str().map(str::parse::<Digest>) else {
                continue;
            };
            found.extend(stored_artifact(&entry.path(), digest)?);
        }
        Ok(found)
    }

    /// The manifest of an artifact.
    ///
    /// # Errors
    /// It is not there or cannot be read.
    pub fn manifest(&self, key: &ArtifactKey) -> Result<Vec<u8>, StoreError> {
        key.check()?;
        let path = self.folder(key).join(MANIFEST);
        fs::read(&path).map_err(|source| read_failure(path, source))
    }

    /// Copies the binary of an artifact to a file whose folder exists, and makes it executable.
    ///
    /// The file gets its name when all of it has arrived and has the artifact's digest.
    ///
    /// # Errors
    /// The artifact is not there, cannot be read or has another digest, or the file cannot be written.
    pub fn fetch(&self, key: &ArtifactKey, target: &Path) -> Result<(), StoreError> {
        key.check()?;
        let path = self.locate(key);
        let file = open_regular(&path).map_err(|source| read_failure(path.clone(), source))?;
        fetch_file(file, &path, key.digest, target, u64::MAX)
    }

    /// Deletes an artifact; `false` if it was not there.
    ///
    /// # Errors
    /// The folder cannot be deleted.
    pub fn remove(&self, key: &ArtifactKey) -> Result<bool, StoreError> {
        key.check()?;
        let path = self.folder(key);
        match fs::remove_dir_all(&path) {
            Ok(()) => Ok(true),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
            Err(source) => Err(StoreError::Remove { path, source }),
        }
    }

    /// Writes and deletes a file, so that a store which cannot be written is found before it matters.
    ///
    /// # Errors
    /// The folder cannot be made or written.
    pub fn check_writable(&self) -> Result<(), StoreError> {
        Incoming::create(&self.root)?.write(MANIFEST, b"")
    }

    fn folder(&self, key: &ArtifactKey) -> PathBuf {
        self.root.join(&key.path).join(key.digest.to_string())
    }
}

/// Copies a file under its digest; `limit` is the largest size in bytes.
pub(crate) fn fetch_file(
    mut file: File,
    path: &Path,
    digest: Digest,
    target: &Path,
    limit: u64,
) -> Result<(), StoreError> {
    let failed = |source| read_failure(path.to_owned(), source);
    let length = file.metadata().map_err(failed)?.len();
    let mut landing = Landing::create(target, &path.to_string_lossy(), length, limit)?;
    let mut buffer = vec![0; BUFFER];
    loop {
        let length = file.read(&mut buffer).map_err(failed)?;
        if length == 0 {
            return landing.finish(digest);
        }
        landing.write(&buffer[..length])?;
    }
}

fn read_failure(path: PathBuf, source: io::Error) -> StoreError {
    if source.kind() == io::ErrorKind::NotFound {
        let location = path.to_string_lossy().into_owned();
        StoreError::Missing { location }
    } else {
        StoreError::Read { path, source }
    }
}

/// Opens a file that is neither a link nor a device, pipe or folder.
pub(crate) fn open_regular(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        // A pipe without a writer would be waited for.
        let flags = rustix::fs::OFlags::NOFOLLOW | rustix::fs::OFlags::NONBLOCK;
        options.custom_flags(flags.bits().cast_signed());
    }
    let file = options.open(path)?;
    if file.metadata()?.is_file() {
        return Ok(file);
    }
    Err(io::Error::new(
        io::ErrorKind::InvalidInput,
        "it is not a regular file",
    ))
}

/// What is in a folder; nothing if it does not exist.
fn read_folder(path: &Path) -> Result<Vec<fs::DirEntry>, StoreError> {
    let entries = match fs::read_dir(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries.and_then(Iterator::collect),
    };
    entries.map_err(|source| StoreError::Read {
        path: path.to_owned(),
        source,
    })
}

/// The artifact in a folder: the one file beside the manifest.
fn stored_artifact(folder: &Path, digest: Digest) -> Result<Option<StoredArtifact>, StoreError> {
    let mut complete = false;
    let mut binary = None;
    for entry in read_folder(folder)? {
        let name = entry.file_name().to_string_lossy().into_owned();
        if name == MANIFEST {
            complete = true;
        } else if let Ok(found) = entry.metadata()
            && found.is_file()
        {
            binary = Some((name, found));
        }
    }
    Ok(binary.map(|(binary, found)| StoredArtifact {
        digest,
        binary,
        length: found.len(),
        stored: found.modified().unwrap_or(SystemTime::UNIX_EPOCH),
        complete,
    }))
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
pub(crate) fn make_executable(file: &File) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    file.set_permissions(fs::Permissions::from_mode(0o755))
}

#[cfg(not(unix))]
pub(crate) fn make_executable(_file: &File) -> io::Result<()> {
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
