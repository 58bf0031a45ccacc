//! The versions of a flow's program that a store holds.

pub(crate) mod garbage;
pub(crate) mod rollback;

use chrono::{DateTime, Utc};
use futures::{StreamExt as _, TryStreamExt as _};
use longshore_storage::{ArtifactKey, Digest, StoredArtifact};
use serde_json::Value;

use crate::artifact::COMMIT;
use crate::storage::{Folder, StorageError};

/// Manifests that are read at once.
const READS_AT_ONCE: usize = 8;

/// A stored program and what its manifest says.
#[derive(Debug, Clone)]
pub(crate) struct Version {
    pub(crate) digest: Digest,
    /// Size in bytes.
    pub(crate) length: u64,
    pub(crate) stored: DateTime<Utc>,
    /// Path or URL of the program.
    pub(crate) location: String,
    /// Null if it cannot be read as JSON.
    pub(crate) manifest: Value,
}

impl Version {
    /// The commit that it was built from when it was first stored.
    pub(crate) fn commit(&self) -> Option<&str> {
        self.manifest[COMMIT].as_str()
    }

    /// Version of its package.
    pub(crate) fn package_version(&self) -> Option<&str> {
        let of_build = self.manifest["package_version"].as_str();
        // A program that was built elsewhere says it with its flows.
        of_build.or(self.manifest["flows"][0]["package_version"].as_str())
    }
}

/// The versions of a program that are in the store in full, newest first.
///
/// # Errors
/// A manifest cannot be read.
pub(crate) async fn versions(folder: &Folder, binary: &str) -> Result<Vec<Version>, StorageError> {
    let complete = folder.present.iter();
    let complete = complete.filter(|found| found.complete && found.binary == binary);
    let reading = complete.map(|found| read(folder, found));
    let mut versions: Vec<Version> = futures::stream::iter(reading)
        .buffered(READS_AT_ONCE)
        .try_collect()
        .await?;
    versions.sort_by(|left, right| {
        let key = |version: &Version| (version.stored, version.digest);
        key(right).cmp(&key(left))
    });
    Ok(versions)
}

async fn read(folder: &Folder, found: &StoredArtifact) -> Result<Version, StorageError> {
    let key = key(folder, found);
    let store = &folder.store;
    let manifest = store.store.manifest(&key).await;
    let manifest = manifest.map_err(|source| StorageError::Read {
        storage: store.name.clone(),
        source: Box::new(source),
    })?;
    Ok(Version {
        digest: found.digest,
        length: found.length,
        stored: found.stored.into(),
        location: store.store.locate(&key),
        manifest: serde_json::from_slice(&manifest).unwrap_or_default(),
    })
}

fn key(folder: &Folder, found: &StoredArtifact) -> ArtifactKey {
    ArtifactKey {
        path: folder.path.clone(),
        digest: found.digest,
        binary: found.binary.clone(),
    }
}
