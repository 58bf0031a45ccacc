//! Downloads in one stream that goes on where it broke off.

use std::num::NonZero;
use std::path::Path;

use azure_core::error::ErrorKind;
use azure_core::http::StatusCode;
use azure_storage_blob::BlobClient;
use azure_storage_blob::models::{
    BlobClientDownloadOptions, BlobClientGetPropertiesResultHeaders as _,
};
use futures::TryStreamExt as _;

use super::AzureStore;
use crate::landing::Landing;
use crate::{Digest, StoreError};

/// Size in bytes of the parts that are fetched at once, and their number: 32 MiB in memory at most, since the SDK keeps
/// as many again that wait for an earlier one. What has only one part, as most programs do, is not kept at all.
const PART: NonZero<usize> = NonZero::new(8 * 1024 * 1024).unwrap();
const PARTS: NonZero<usize> = NonZero::new(2).unwrap();

impl AzureStore {
    pub(crate) async fn fetch_blob(
        &self,
        name: &str,
        digest: Digest,
        target: &Path,
        limit: u64,
    ) -> Result<(), StoreError> {
        let blob = self.blob(name);
        let announced = async { blob.get_properties(None).await?.content_length() }.await;
        let announced = announced.map_err(|error| self.read_failure(name, error))?;
        let announced = announced.unwrap_or_default();
        let mut landing = Landing::create(target, &self.url(name), announced, limit)?;
        let mut broken = 0;
        loop {
            let before = landing.length();
            match receive(&blob, &mut landing).await {
                Ok(()) => break,
                Err(Interrupted::Disk(error)) => return Err(error),
                Err(Interrupted::Network(error)) => {
                    // Only a stream that gets nowhere is given up.
                    broken = if landing.length() > before {
                        0
                    } else {
                        broken + 1
                    };
                    let passing = matches!(error.kind(), ErrorKind::Io | ErrorKind::Connection);
                    if !passing || broken > self.patience.retries {
                        return Err(self.read_failure(name, error));
                    }
                    tracing::debug!(blob = name, bytes = landing.length(), %error, "a download broke off and is resumed");
                }
            }
        }
        landing.finish(digest)
    }
}

enum Interrupted {
    Network(azure_core::Error),
    Disk(StoreError),
}

/// Receives what is not there yet.
async fn receive(blob: &BlobClient, landing: &mut Landing) -> Result<(), Interrupted> {
    let offset = landing.length();
    let options = BlobClientDownloadOptions {
        parallel: Some(PARTS),
        partition_size: Some(PART),
        range: (offset > 0).then(|| (offset..).into()),
        ..BlobClientDownloadOptions::default()
    };
    let mut body = match blob.download(Some(options)).await {
        Ok(answer) => answer.body,
        // It broke off after the last byte.
        Err(error)
            if offset > 0
                && error.http_status() == Some(StatusCode::RequestedRangeNotSatisfiable) =>
        {
            return Ok(());
        }
        Err(error) => return Err(Interrupted::Network(error)),
    };
    while let Some(bytes) = body.try_next().await.map_err(Interrupted::Network)? {
        landing.write(&bytes).map_err(Interrupted::Disk)?;
    }
    Ok(())
}
