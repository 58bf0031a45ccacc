//! Which artifact of a store is meant, and what a store says of it.

use std::path::{Component, Path};
use std::time::SystemTime;

use crate::{Digest, StoreError};

/// Folder of a local store in which artifacts are written before they get their final name.
pub(crate) const INCOMING: &str = ".incoming";

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

/// An artifact as a listing shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredArtifact {
    /// SHA-256 by its place; only a fetch compares it with the content.
    pub digest: Digest,
    /// File name of the binary.
    pub binary: String,
    /// Size of the binary in bytes.
    pub length: u64,
    /// When the binary was written.
    pub stored: SystemTime,
    /// Whether its manifest is there too; it is written last.
    pub complete: bool,
}

impl ArtifactKey {
    /// Refuses what would leave the store.
    pub(crate) fn check(&self) -> Result<(), StoreError> {
        check_path(&self.path)?;
        if Path::new(&self.binary).components().count() == 1 {
            check_path(&self.binary)
        } else {
            Err(StoreError::Name {
                name: self.binary.clone(),
            })
        }
    }
}

/// Refuses a path that would leave the store.
pub(crate) fn check_path(path: &str) -> Result<(), StoreError> {
    let inside = Path::new(path)
        .components()
        .all(|part| matches!(part, Component::Normal(_)));
    if path.is_empty() || !inside || path.contains('\\') || path.starts_with(INCOMING) {
        return Err(StoreError::Name {
            name: path.to_owned(),
        });
    }
    Ok(())
}
