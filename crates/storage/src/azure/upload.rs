//! Uploads in blocks: several at once, few in memory, nothing to see before all are there.

use std::collections::HashMap;
use std::io;
use std::sync::Arc;

use azure_core::Uuid;
use azure_core::http::{Etag, RequestContent};
use azure_storage_blob::BlockBlobClient;
use azure_storage_blob::models::{
    BlockBlobClientCommitBlockListOptions, BlockBlobClientUploadOptions, BlockLookupList,
};
use tokio::fs::File;
use tokio::io::AsyncReadExt as _;
use tokio::sync::OwnedSemaphorePermit;
use tokio::task::JoinSet;

use super::{Attempt, AzureStore, error_code, is_there};
use crate::digest::Hasher;
use crate::{ArtifactKey, MANIFEST, Put, Source, StoreError};

/// Size of a block in bytes; 50,000 of them, the most that Azure takes, make 390 GiB.
///
/// Each is a billed operation, and smaller ones take longer per byte (docs/benchmarks.md).
const BLOCK: usize = 8 * 1024 * 1024;

/// Blocks in memory over all uploads of a store: 32 MiB.
pub(super) const BLOCKS_AT_ONCE: usize = 4;

/// Content type of an executable.
const BINARY: &str = "application/octet-stream";

/// Whether something may be overwritten.
enum Condition {
    /// Only if nothing is there.
    Nothing,
    /// Only what a listing has shown to be damaged.
    Replace,
}

impl Condition {
    fn if_none_match(&self) -> Option<Etag> {
        match self {
            Self::Nothing => Some("*".into()),
            Self::Replace => None,
        }
    }
}

impl AzureStore {
    /// As [`Store::put`](crate::Store::put).
    ///
    /// # Errors
    /// A name that would leave the store, a content that cannot be read or has another digest, a container that cannot
    /// be written.
    pub async fn put(
        &self,
        key: &ArtifactKey,
        source: Source<'_>,
        progress: &(dyn Fn(u64) + Sync),
    ) -> Result<Put, StoreError> {
        key.check()?;
        let found = if source.is_new {
            None
        } else {
            self.find(key).await?
        };
        let put = match found {
            Some(found) if found.length == source.length => {
                progress(source.length);
                if found.complete {
                    return Ok(Put::AlreadyThere);
                }
                Put::AlreadyThere
            }
            // Another length under a digest is no artifact, whoever wrote it.
            Some(_) => {
                let condition = Condition::Replace;
                self.put_binary(key, source, &condition, progress).await?
            }
            None => {
                let condition = Condition::Nothing;
                self.put_binary(key, source, &condition, progress).await?
            }
        };
        // Last, since it marks the artifact as complete.
        match self.put_manifest(key, source.manifest).await? {
            Put::Stored => Ok(Put::Stored),
            Put::AlreadyThere => Ok(put),
        }
    }

    async fn put_binary(
        &self,
        key: &ArtifactKey,
        source: Source<'_>,
        condition: &Condition,
        progress: &(dyn Fn(u64) + Sync),
    ) -> Result<Put, StoreError> {
        let name = self.blob_name(key, &key.binary);
        let blob = Arc::new(self.blob(&name).block_blob_client());
        let mut reader = Reader::open(key, source).await?;
        let mut blocks = Blocks::new(self, &name, progress);
        loop {
            let room = blocks.room().await?;
            let block = reader.block().await?;
            if block.is_empty() {
                break;
            }
            if block.len() < BLOCK && blocks.ids.is_empty() {
                reader.check()?;
                let put = self.put_small(&name, block, condition, metadata(key, source));
                return put.await.inspect(|_| progress(source.length));
            }
            blocks.stage(&blob, block, room);
        }
        let ids = blocks.finish().await?;
        reader.check()?;
        let list = BlockLookupList {
            latest: Some(ids),
            ..BlockLookupList::default()
        };
        let options = BlockBlobClientCommitBlockListOptions {
            blob_content_type: Some(BINARY.to_owned()),
            if_none_match: condition.if_none_match(),
            metadata: Some(metadata(key, source)),
            ..BlockBlobClientCommitBlockListOptions::default()
        };
        let committed = async {
            blob.commit_block_list(list.try_into()?, Some(options))
                .await
        };
        match committed.await {
            // Another upload's commit has dropped the blocks of this one.
            Err(error) if error_code(&error) == Some("InvalidBlockList") => {
                match self.find(key).await? {
                    Some(found) if found.length == source.length => Ok(Put::AlreadyThere),
                    _ => Err(self.write_failure(&name, error)),
                }
            }
            answer => self.written(&name, answer),
        }
    }

    /// One request in place of two.
    async fn put_small(
        &self,
        name: &str,
        content: Vec<u8>,
        condition: &Condition,
        metadata: HashMap<String, String>,
    ) -> Result<Put, StoreError> {
        let options = BlockBlobClientUploadOptions {
            blob_content_type: Some(BINARY.to_owned()),
            if_none_match: condition.if_none_match(),
            metadata: Some(metadata),
            ..BlockBlobClientUploadOptions::default()
        };
        let blob = self.blob(name).block_blob_client();
        let content = RequestContent::from(content);
        self.written(name, blob.upload(content, Some(options)).await)
    }

    async fn put_manifest(&self, key: &ArtifactKey, manifest: &[u8]) -> Result<Put, StoreError> {
        let name = self.blob_name(key, MANIFEST);
        let options = BlockBlobClientUploadOptions {
            blob_content_type: Some("application/json".to_owned()),
            if_none_match: Condition::Nothing.if_none_match(),
            ..BlockBlobClientUploadOptions::default()
        };
        let blob = self.blob(&name).block_blob_client();
        let content = RequestContent::from(manifest.to_vec());
        self.written(&name, blob.upload(content, Some(options)).await)
    }

    fn written<T>(&self, blob: &str, answer: azure_core::Result<T>) -> Result<Put, StoreError> {
        match answer {
            Ok(_) => Ok(Put::Stored),
            // Somebody else was faster, or the answer of an earlier try was lost.
            Err(error) if is_there(&error) => Ok(Put::AlreadyThere),
            Err(error) => Err(self.write_failure(blob, error)),
        }
    }

    fn write_failure(&self, blob: &str, error: azure_core::Error) -> StoreError {
        self.failed(Attempt::Write, format!("write `{blob}`"), error)
    }
}

/// What somebody who looks at the container wants to know; names are letters and `_`, as Azure asks.
fn metadata(key: &ArtifactKey, source: Source<'_>) -> HashMap<String, String> {
    let given = source.metadata.iter();
    given
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .chain([("sha256".to_owned(), key.digest.to_string())])
        .collect()
}

/// A file in blocks, with the digest of what was read.
struct Reader<'a> {
    key: &'a ArtifactKey,
    file: File,
    hasher: Hasher,
}

impl<'a> Reader<'a> {
    async fn open(key: &'a ArtifactKey, source: Source<'_>) -> Result<Self, StoreError> {
        let file = File::open(source.file).await;
        Ok(Self {
            key,
            file: file.map_err(|error| unreadable(key, error))?,
            hasher: Hasher::default(),
        })
    }

    /// The next block; empty at the end.
    async fn block(&mut self) -> Result<Vec<u8>, StoreError> {
        let mut block = Vec::with_capacity(BLOCK);
        let mut limited = (&mut self.file).take(BLOCK as u64);
        let read = limited.read_to_end(&mut block).await;
        read.map_err(|error| unreadable(self.key, error))?;
        self.hasher.update(&block);
        Ok(block)
    }

    fn check(self) -> Result<(), StoreError> {
        let read = self.hasher.finish();
        if read == self.key.digest {
            return Ok(());
        }
        Err(StoreError::Changed {
            binary: self.key.binary.clone(),
            expected: self.key.digest,
            read,
        })
    }
}

fn unreadable(key: &ArtifactKey, source: io::Error) -> StoreError {
    StoreError::ReadArtifact {
        binary: key.binary.clone(),
        source,
    }
}

/// Blocks on their way; those in flight end when this value goes away.
struct Blocks<'a> {
    store: &'a AzureStore,
    blob: &'a str,
    progress: &'a (dyn Fn(u64) + Sync),
    sending: JoinSet<(u64, azure_core::Result<()>)>,
    /// Makes the ids differ from those of another upload of the same blob, whose blocks may be wrong.
    upload: Uuid,
    ids: Vec<Vec<u8>>,
}

impl<'a> Blocks<'a> {
    fn new(store: &'a AzureStore, blob: &'a str, progress: &'a (dyn Fn(u64) + Sync)) -> Self {
        Self {
            store,
            blob,
            progress,
            sending: JoinSet::new(),
            upload: Uuid::new_v4(),
            ids: Vec::new(),
        }
    }

    /// Waits until another block may be in memory.
    async fn room(&mut self) -> Result<Option<OwnedSemaphorePermit>, StoreError> {
        while let Some(sent) = self.sending.try_join_next() {
            self.sent(sent)?;
        }
        // It fails only if the semaphore is closed, which nothing does.
        Ok(self.store.room.clone().acquire_owned().await.ok())
    }

    fn stage(
        &mut self,
        blob: &Arc<BlockBlobClient>,
        block: Vec<u8>,
        room: Option<OwnedSemaphorePermit>,
    ) {
        // All ids of a blob must have one length, of 64 bytes at most.
        let id = format!("{}-{:06}", self.upload, self.ids.len()).into_bytes();
        self.ids.push(id.clone());
        let blob = Arc::clone(blob);
        self.sending.spawn(async move {
            let length = block.len() as u64;
            let content = RequestContent::from(block);
            let staged = blob.stage_block(&id, length, content, None).await;
            drop(room);
            (length, staged.map(drop))
        });
    }

    async fn finish(mut self) -> Result<Vec<Vec<u8>>, StoreError> {
        while let Some(sent) = self.sending.join_next().await {
            self.sent(sent)?;
        }
        Ok(self.ids)
    }

    fn sent(
        &self,
        sent: Result<(u64, azure_core::Result<()>), tokio::task::JoinError>,
    ) -> Result<(), StoreError> {
        let failed = |error| self.store.write_failure(self.blob, error);
        let (length, staged) = sent.map_err(|error| {
            let kind = azure_core::error::ErrorKind::Other;
            failed(azure_core::Error::new(kind, error))
        })?;
        staged.map_err(failed)?;
        (self.progress)(length);
        Ok(())
    }
}
