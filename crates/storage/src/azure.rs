//! A store in a container of Azure Blob Storage.

mod access;
mod account;
mod connection_string;
mod download;
mod echo;
mod failure;
mod signing;
mod transport;
mod upload;

use std::fmt;
use std::path::Path;
use std::sync::Arc;
use std::time::SystemTime;

use azure_core::http::{AsyncResponseBody, RequestContent, StatusCode};
use azure_storage_blob::models::{BlobContainerClientListBlobsOptions, BlobItem};
use azure_storage_blob::{BlobClient, BlobContainerClient, BlobContainerClientOptions};
use futures::TryStreamExt as _;
use tokio::sync::Semaphore;

use crate::key::check_path;
use crate::{ArtifactKey, Digest, MANIFEST, Put, StoreError, StoredArtifact};

pub(crate) use access::configured_account;
pub use access::{Access, AccessError, AccessOptions, Identity, ManagedIdentity, Patience};
pub use account::Account;
pub use connection_string::ConnectionStringError;
pub use failure::{Attempt, AzureError, AzureFailure};
use transport::{LARGEST_ANSWER, too_large};
use upload::BLOCKS_AT_ONCE;

/// A blob of which only an uncommitted block is ever written; Azure drops it after a week.
const WRITE_CHECK: &str = ".longshore-write-check";

/// A store in a container, or in a folder of it.
pub struct AzureStore {
    container: BlobContainerClient,
    account: Account,
    name: String,
    prefix: String,
    identity: Identity,
    patience: Patience,
    /// One permit per block in memory, over all uploads.
    room: Arc<Semaphore>,
}

impl fmt::Debug for AzureStore {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("AzureStore")
            .field("account", &self.account.name)
            .field("container", &self.name)
            .field("prefix", &self.prefix)
            .field("identity", &self.identity)
            .finish_non_exhaustive()
    }
}

impl AzureStore {
    /// A store in `container` below `prefix`, which may be empty; nothing is sent yet.
    ///
    /// # Errors
    /// The credential cannot be used.
    pub fn connect(access: &Access, container: &str, prefix: &str) -> Result<Self, StoreError> {
        let (client_options, token) = access.client()?;
        let url = access.account.url(container, "");
        let options = BlobContainerClientOptions {
            client_options,
            ..BlobContainerClientOptions::default()
        };
        let client = BlobContainerClient::new(url, token, Some(options)).map_err(|source| {
            AccessError::Credential {
                identity: access.identity.clone(),
                source,
            }
        })?;
        Ok(Self {
            container: client,
            account: access.account.clone(),
            name: container.to_owned(),
            prefix: prefix.trim_matches('/').to_owned(),
            identity: access.identity.clone(),
            patience: access.patience(),
            room: Arc::new(Semaphore::new(BLOCKS_AT_ONCE)),
        })
    }

    /// The credential in use.
    #[must_use]
    pub fn identity(&self) -> &Identity {
        &self.identity
    }

    /// The account that the container is in.
    #[must_use]
    pub fn account(&self) -> &Account {
        &self.account
    }

    /// The container's name.
    #[must_use]
    pub fn container(&self) -> &str {
        &self.name
    }

    /// The URL of an artifact's binary, without any secret.
    #[must_use]
    pub fn locate(&self, key: &ArtifactKey) -> String {
        self.url(&self.blob_name(key, &key.binary))
    }

    /// Makes the container; it is private. `AlreadyThere` if it exists.
    ///
    /// # Errors
    /// The account refuses or cannot be reached.
    pub async fn create_container(&self) -> Result<Put, StoreError> {
        match self.container.create(None).await {
            Ok(_) => Ok(Put::Stored),
            Err(error) if error_code(&error) == Some("ContainerAlreadyExists") => {
                Ok(Put::AlreadyThere)
            }
            Err(error) => {
                let attempted = format!("create `{}`", self.name);
                Err(self.failed(Attempt::Write, attempted, error))
            }
        }
    }

    /// As [`Store::list`](crate::Store::list): one request, or one per 5,000 blobs.
    ///
    /// # Errors
    /// The path would leave the store, or the container cannot be read.
    pub async fn list(&self, path: &str) -> Result<Vec<StoredArtifact>, StoreError> {
        check_path(path)?;
        self.artifacts(path, "", Attempt::Read).await
    }

    /// The artifact of a key, with its binary of whatever length, or none, for somebody who is about to write it.
    async fn find(&self, key: &ArtifactKey) -> Result<Option<StoredArtifact>, StoreError> {
        let digest = format!("{}/", key.digest);
        let found = self.artifacts(&key.path, &digest, Attempt::Write).await?;
        Ok(found.into_iter().find(|found| found.binary == key.binary))
    }

    /// The artifacts of a storage path whose digests begin with a text, and what they are wanted for.
    async fn artifacts(
        &self,
        path: &str,
        digest: &str,
        attempt: Attempt,
    ) -> Result<Vec<StoredArtifact>, StoreError> {
        let folder = format!("{}/", self.inside(path));
        let mut artifacts: Vec<StoredArtifact> = Vec::new();
        let mut manifests: Vec<Digest> = Vec::new();
        for blob in self.blobs(&format!("{folder}{digest}"), attempt).await? {
            let Some((digest, file)) = blob.name.as_deref().and_then(|name| {
                let (digest, file) = name.strip_prefix(&folder)?.split_once('/')?;
                Some((digest.parse::<Digest>().ok()?, file.to_owned()))
            }) else {
                continue;
            };
            if file == MANIFEST {
                manifests.push(digest);
            } else if !file.contains('/') {
                artifacts.push(stored_artifact(digest, file, &blob));
            }
        }
        for artifact in &mut artifacts {
            artifact.complete = manifests.contains(&artifact.digest);
        }
        Ok(artifacts)
    }

    /// As [`Store::manifest`](crate::Store::manifest).
    ///
    /// # Errors
    /// It is not there, or the container cannot be read.
    pub async fn manifest(&self, key: &ArtifactKey) -> Result<Vec<u8>, StoreError> {
        key.check()?;
        let name = self.blob_name(key, MANIFEST);
        let blob = self.blob(&name);
        let content = async { collect(blob.download(None).await?.body).await }.await;
        content.map_err(|error| self.read_failure(&name, error))
    }

    /// As [`Store::fetch`](crate::Store::fetch).
    ///
    /// # Errors
    /// The artifact is not there or has another digest, the container cannot be read, or the file cannot be written.
    pub async fn fetch(&self, key: &ArtifactKey, target: &Path) -> Result<(), StoreError> {
        key.check()?;
        let name = self.blob_name(key, &key.binary);
        self.fetch_blob(&name, key.digest, target, u64::MAX).await
    }

    /// As [`Store::remove`](crate::Store::remove): the manifest goes first, so that what is left counts as incomplete.
    ///
    /// # Errors
    /// The container cannot be written.
    pub async fn remove(&self, key: &ArtifactKey) -> Result<bool, StoreError> {
        key.check()?;
        let mut removed = false;
        for file in [MANIFEST, &key.binary] {
            let name = self.blob_name(key, file);
            match self.blob(&name).delete(None).await {
                Ok(_) => removed = true,
                Err(error) if error_code(&error) == Some("BlobNotFound") => {}
                Err(error) => {
                    let attempted = format!("delete `{name}`");
                    return Err(self.failed(Attempt::Write, attempted, error));
                }
            }
        }
        Ok(removed)
    }

    /// As [`Store::check_writable`](crate::Store::check_writable): a block that is never committed.
    ///
    /// # Errors
    /// The container cannot be reached or written.
    pub async fn check_writable(&self) -> Result<(), StoreError> {
        let blob = self.blob(&self.inside(WRITE_CHECK)).block_blob_client();
        let block = RequestContent::from(vec![0]);
        match blob.stage_block(b"check", 1, block, None).await {
            Ok(_) => Ok(()),
            Err(error) => {
                let attempted = "write".to_owned();
                Err(self.failed(Attempt::Write, attempted, error))
            }
        }
    }

    async fn blobs(&self, folder: &str, attempt: Attempt) -> Result<Vec<BlobItem>, StoreError> {
        let options = BlobContainerClientListBlobsOptions {
            prefix: Some(folder.to_owned()),
            ..BlobContainerClientListBlobsOptions::default()
        };
        let listing = async {
            self.container
                .list_blobs(Some(options))?
                .try_collect()
                .await
        };
        listing.await.map_err(|error| {
            let attempted = format!("list `{}`", folder.trim_end_matches('/'));
            self.failed(attempt, attempted, error)
        })
    }

    fn blob(&self, name: &str) -> BlobClient {
        self.container.blob_client(name)
    }

    /// A path of the store as one of the container.
    fn inside(&self, path: &str) -> String {
        if self.prefix.is_empty() {
            path.to_owned()
        } else {
            format!("{}/{path}", self.prefix)
        }
    }

    fn blob_name(&self, key: &ArtifactKey, file: &str) -> String {
        self.inside(&format!("{}/{}/{file}", key.path, key.digest))
    }

    fn url(&self, blob: &str) -> String {
        self.account.url(&self.name, blob).to_string()
    }

    fn failed(&self, attempt: Attempt, attempted: String, error: azure_core::Error) -> StoreError {
        StoreError::Azure(Box::new(AzureError {
            attempted,
            attempt,
            account: self.account.name.clone(),
            container: self.name.clone(),
            identity: self.identity.clone(),
            source: AzureFailure::of(error, &self.identity),
        }))
    }

    fn read_failure(&self, blob: &str, error: azure_core::Error) -> StoreError {
        if error_code(&error) == Some("BlobNotFound") {
            let location = self.url(blob);
            return StoreError::Missing { location };
        }
        self.failed(Attempt::Read, format!("read `{blob}`"), error)
    }
}

/// Reads a blob that is kept in memory.
async fn collect(mut body: AsyncResponseBody) -> azure_core::Result<Vec<u8>> {
    let mut content = Vec::new();
    while let Some(part) = body.try_next().await? {
        if content.len() + part.len() > LARGEST_ANSWER {
            return Err(too_large());
        }
        content.extend_from_slice(&part);
    }
    Ok(content)
}

fn stored_artifact(digest: Digest, binary: String, blob: &BlobItem) -> StoredArtifact {
    let properties = blob.properties.as_ref();
    StoredArtifact {
        digest,
        binary,
        length: properties
            .and_then(|found| found.content_length)
            .unwrap_or_default(),
        stored: properties
            .and_then(|found| found.last_modified)
            .map_or(SystemTime::UNIX_EPOCH, SystemTime::from),
        complete: false,
    }
}

fn error_code(error: &azure_core::Error) -> Option<&str> {
    match error.kind() {
        azure_core::error::ErrorKind::HttpResponse {
            error_code: Some(code),
            ..
        } => Some(code),
        _ => None,
    }
}

/// Whether a write that must not overwrite was refused because something is there.
fn is_there(error: &azure_core::Error) -> bool {
    matches!(
        error_code(error),
        Some("BlobAlreadyExists" | "ConditionNotMet")
    ) || error.http_status() == Some(StatusCode::PreconditionFailed)
}
