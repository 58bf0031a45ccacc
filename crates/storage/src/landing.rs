//! A fetched artifact on its way to a file: whole and verified, or not there.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::digest::Hasher;
use crate::local::make_executable;
use crate::{Digest, StoreError};

/// A file beside the final one; it goes away with this value unless [`finish`](Self::finish) renames it.
pub(crate) struct Landing {
    path: PathBuf,
    target: PathBuf,
    file: File,
    hasher: Hasher,
    length: u64,
    /// Where it comes from.
    location: String,
    /// Size in bytes that the store has told.
    announced: u64,
}

impl Landing {
    /// Begins a file that is to have `announced` bytes, of at most `limit`.
    ///
    /// # Errors
    /// It is too large, or the file cannot be created.
    pub(crate) fn create(
        target: &Path,
        location: &str,
        announced: u64,
        limit: u64,
    ) -> Result<Self, StoreError> {
        if announced > limit {
            return Err(StoreError::TooLarge {
                location: location.to_owned(),
                length: announced,
                limit,
            });
        }
        static COUNTER: AtomicU64 = AtomicU64::new(0);
        let number = COUNTER.fetch_add(1, Ordering::Relaxed);
        let mut name = target.file_name().unwrap_or_default().to_owned();
        name.push(format!(".{}-{number}.part", process::id()));
        let path = target.with_file_name(name);
        // A former process with this id may have been killed here.
        let _ = fs::remove_file(&path);
        let file = File::create_new(&path).map_err(|source| StoreError::Land {
            path: path.clone(),
            source,
        })?;
        Ok(Self {
            path,
            target: target.to_owned(),
            file,
            hasher: Hasher::default(),
            length: 0,
            location: location.to_owned(),
            announced,
        })
    }

    /// Bytes that were written so far, from where an interrupted fetch goes on.
    pub(crate) fn length(&self) -> u64 {
        self.length
    }

    pub(crate) fn write(&mut self, bytes: &[u8]) -> Result<(), StoreError> {
        self.length += bytes.len() as u64;
        if self.length > self.announced {
            return Err(StoreError::Grown {
                location: self.location.clone(),
                announced: self.announced,
            });
        }
        self.hasher.update(bytes);
        self.file
            .write_all(bytes)
            .map_err(|source| self.failed(source))
    }

    /// Gives the file its final name if it is what was asked for.
    ///
    /// Nothing is forced to the disk: whoever keeps the file verifies it again before use.
    pub(crate) fn finish(mut self, expected: Digest) -> Result<(), StoreError> {
        let read = std::mem::take(&mut self.hasher).finish();
        if read != expected {
            return Err(StoreError::Damaged {
                location: self.location.clone(),
                expected,
                read,
            });
        }
        make_executable(&self.file)
            .and_then(|()| fs::rename(&self.path, &self.target))
            .map_err(|source| self.failed(source))
    }

    fn failed(&self, source: io::Error) -> StoreError {
        StoreError::Land {
            path: self.path.clone(),
            source,
        }
    }
}

impl Drop for Landing {
    fn drop(&mut self) {
        // After the rename it is gone; after an error there is nothing better to do.
        let _ = fs::remove_file(&self.path);
    }
}
