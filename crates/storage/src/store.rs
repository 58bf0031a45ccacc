//! The two kinds of stores behind one face.

use std::fs::File;
use std::path::Path;
use std::sync::Arc;

use crate::{ArtifactKey, AzureStore, LocalStore, Put, StoreError, StoredArtifact};

/// A place for artifacts: a folder, or a container of Azure Blob Storage.
#[derive(Debug, Clone)]
pub enum Store {
    /// A folder of this machine.
    Local(LocalStore),
    /// A container, or a folder in it.
    Azure(Arc<AzureStore>),
}

/// What is to be stored.
#[derive(Debug, Clone, Copy)]
pub struct Source<'a> {
    /// The binary.
    pub file: &'a Path,
    /// Its size in bytes.
    pub length: u64,
    /// Content of the manifest.
    pub manifest: &'a [u8],
    /// Names and values for those who look at the container, such as `git_commit`; a folder has no place for them.
    pub metadata: &'a [(&'a str, &'a str)],
    /// Whether a listing has just shown that nothing of it is there, so that it need not be looked for again.
    pub is_new: bool,
}

impl From<LocalStore> for Store {
    fn from(store: LocalStore) -> Self {
        Self::Local(store)
    }
}

impl From<AzureStore> for Store {
    fn from(store: AzureStore) -> Self {
        Self::Azure(Arc::new(store))
    }
}

impl Store {
    /// Where the binary of an artifact is, or would be: a path, or a URL without any secret.
    #[must_use]
    pub fn locate(&self, key: &ArtifactKey) -> String {
        match self {
            Self::Local(store) => store.locate(key).to_string_lossy().into_owned(),
            Self::Azure(store) => store.locate(key),
        }
    }

    /// All artifacts of a storage path, by one listing; they are in full there if [`StoredArtifact::complete`].
    ///
    /// # Errors
    /// The path would leave the store, or the store cannot be read.
    pub async fn list(&self, path: &str) -> Result<Vec<StoredArtifact>, StoreError> {
        match self {
            Self::Local(store) => store.list(path),
            Self::Azure(store) => store.list(path).await,
        }
    }

    /// Stores an artifact unless it is there; `progress` is told the bytes that have arrived since it was last called.
    ///
    /// Nothing is under the final name before all of it is there and has the digest of the key.
    ///
    /// # Errors
    /// A name that would leave the store, a content that cannot be read or has another digest, a store that cannot be
    /// written.
    pub async fn put(
        &self,
        key: &ArtifactKey,
        source: Source<'_>,
        progress: &(dyn Fn(u64) + Sync),
    ) -> Result<Put, StoreError> {
        match self {
            Self::Local(store) => {
                let read = |error| StoreError::ReadArtifact {
                    binary: key.binary.clone(),
                    source: error,
                };
                let mut file = File::open(source.file).map_err(read)?;
                let put = store.put(key, source.length, &mut file, source.manifest)?;
                progress(source.length);
                Ok(put)
            }
            Self::Azure(store) => store.put(key, source, progress).await,
        }
    }

    /// The manifest of an artifact.
    ///
    /// # Errors
    /// It is not there, or the store cannot be read.
    pub async fn manifest(&self, key: &ArtifactKey) -> Result<Vec<u8>, StoreError> {
        match self {
            Self::Local(store) => store.manifest(key),
            Self::Azure(store) => store.manifest(key).await,
        }
    }

    /// Brings the binary of an artifact into a file whose folder exists, and makes it executable.
    ///
    /// The file gets its name when all of it has arrived and has the artifact's digest; an interrupted fetch is resumed.
    ///
    /// # Errors
    /// The artifact is not there or has another digest, the store cannot be read, or the file cannot be written.
    pub async fn fetch(&self, key: &ArtifactKey, target: &Path) -> Result<(), StoreError> {
        match self {
            Self::Local(store) => store.fetch(key, target),
            Self::Azure(store) => store.fetch(key, target).await,
        }
    }

    /// Deletes an artifact; `false` if it was not there.
    ///
    /// # Errors
    /// The store cannot be written.
    pub async fn remove(&self, key: &ArtifactKey) -> Result<bool, StoreError> {
        match self {
            Self::Local(store) => store.remove(key),
            Self::Azure(store) => store.remove(key).await,
        }
    }

    /// Finds out whether artifacts could be written, without leaving anything that a listing shows.
    ///
    /// # Errors
    /// The store cannot be reached or written.
    pub async fn check_writable(&self) -> Result<(), StoreError> {
        match self {
            Self::Local(store) => store.check_writable(),
            Self::Azure(store) => store.check_writable().await,
        }
    }
}
