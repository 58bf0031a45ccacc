//! The files that are stored.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write as _};
use std::path::{Path, PathBuf};

use longshore_rig::RigError;

use crate::command::{Error, root};

const MEGABYTE: usize = 1_000_000;

/// A folder of files that are stored together.
#[derive(Debug)]
pub(super) struct Load {
    pub(super) name: &'static str,
    pub(super) folder: PathBuf,
}

/// What the rounds have in common.
#[derive(Debug)]
pub(super) struct Files {
    pub(super) folder: PathBuf,
    /// Many of 1 MB.
    pub(super) small: Load,
    pub(super) large: Load,
}

impl Files {
    /// Writes `artifacts` files of 1 MB and one of `megabytes`.
    ///
    /// # Errors
    /// The disk is full.
    pub(super) fn write(artifacts: usize, megabytes: usize) -> Result<Self, Error> {
        let folder = root().join("target/bench/storage");
        let load = |name| Load {
            name,
            folder: folder.join(name),
        };
        let files = Self {
            small: load("small"),
            large: load("large"),
            folder,
        };
        files.remove()?;
        for number in 0..artifacts {
            files.small.add(&number.to_string(), b"", MEGABYTE)?;
        }
        files.large.add("large", b"", megabytes * MEGABYTE)?;
        Ok(files)
    }

    /// A load of one file.
    ///
    /// # Errors
    /// The disk is full.
    pub(super) fn of_one(&self, name: &'static str, megabytes: usize) -> Result<Load, Error> {
        self.beginning_with(b"", name, megabytes)
    }

    /// A load of one file that begins with a text.
    ///
    /// # Errors
    /// The disk is full.
    pub(super) fn beginning_with(
        &self,
        text: &[u8],
        name: &'static str,
        megabytes: usize,
    ) -> Result<Load, Error> {
        let load = Load {
            name,
            folder: self.folder.join(name),
        };
        load.add(name, text, megabytes * MEGABYTE)?;
        Ok(load)
    }

    /// Deletes everything.
    ///
    /// # Errors
    /// A folder cannot be removed.
    pub(super) fn remove(&self) -> Result<(), Error> {
        remove(&self.folder)
    }
}

impl Load {
    fn add(&self, name: &str, text: &[u8], length: usize) -> Result<(), Error> {
        let path = self.folder.join(name);
        let seed = name.bytes().map(u64::from).sum();
        fs::create_dir_all(&self.folder)
            .and_then(|()| write(&path, text, length, seed))
            .map_err(|source| RigError::File { path, source }.into())
    }

    /// Deletes it.
    ///
    /// # Errors
    /// The folder cannot be removed.
    pub(super) fn remove(&self) -> Result<(), Error> {
        remove(&self.folder)
    }
}

fn remove(folder: &Path) -> Result<(), Error> {
    match fs::remove_dir_all(folder) {
        Err(source) if source.kind() != io::ErrorKind::NotFound => {
            let path = folder.to_owned();
            Err(RigError::File { path, source }.into())
        }
        _ => Ok(()),
    }
}

/// A text and then noise, which nothing on the way can compress.
fn write(path: &Path, text: &[u8], length: usize, seed: u64) -> io::Result<()> {
    let mut file = BufWriter::new(File::create(path)?);
    file.write_all(text)?;
    let mut state = seed | 1 << 32;
    let mut left = length - text.len();
    while left > 0 {
        // Marsaglia's xorshift.
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        let bytes = state.to_le_bytes();
        let count = left.min(bytes.len());
        file.write_all(&bytes[..count])?;
        left -= count;
    }
    file.flush()
}
