//! Brings artifacts into their stores.

use std::sync::Arc;

use futures::StreamExt as _;
use longshore_storage::{ArtifactKey, Source, Store};
use tokio::runtime::Handle;
use tokio::task;

use super::SharedError;
use crate::artifact::Artifact;
use crate::desired::StoredArtifact;
use crate::plan::Plan;
use crate::report::progress::{Progress, Transfer};
use crate::storage::{Folder, OpenStore};

/// Artifacts that are stored at once; each is sent in several blocks at once.
const UPLOADS_AT_ONCE: usize = 4;

/// An artifact on its way into the store.
#[derive(Debug, Clone)]
pub(crate) struct Upload {
    pub(crate) package: &'static str,
    artifact: Artifact,
    folder: Arc<Folder>,
    key: ArtifactKey,
    stored: StoredArtifact,
}

impl Upload {
    /// An artifact and the folder that it goes to.
    pub(crate) fn new(package: &'static str, artifact: Artifact, folder: Arc<Folder>) -> Self {
        let key = ArtifactKey {
            path: folder.path.clone(),
            digest: artifact.digest,
            binary: artifact.binary.clone(),
        };
        let stored = StoredArtifact {
            location: folder.store.store.locate(&key),
            digest: key.digest,
            executable: artifact.executable.clone(),
        };
        Self {
            package,
            artifact,
            folder,
            key,
            stored,
        }
    }

    /// What the artifact is once it is stored.
    pub(crate) fn stored(&self) -> &StoredArtifact {
        &self.stored
    }

    /// Where it goes to.
    pub(crate) fn folder(&self) -> &Folder {
        &self.folder
    }

    /// Whether the store had it already when its folder was listed.
    pub(crate) fn is_stored(&self) -> bool {
        self.folder.holds(&self.key, self.artifact.length)
    }

    fn store(&self) -> &OpenStore {
        &self.folder.store
    }
}

/// Makes the containers that the plan names; uploads into one that could not be made fail by themselves.
pub(super) async fn make_containers(
    plan: &Plan,
    uploads: &[Upload],
    errors: &mut Vec<SharedError>,
) {
    for container in &plan.containers {
        let of = |upload: &&Upload| upload.folder.new_container.as_ref() == Some(container);
        let Some(Store::Azure(store)) = uploads.iter().find(of).map(|upload| &upload.store().store)
        else {
            continue;
        };
        if let Err(source) = store.create_container().await {
            errors.push(SharedError::Container {
                container: container.clone(),
                source: Box::new(source),
            });
        }
    }
}

/// Stores the artifacts that the plan names; the locations of those that failed are returned.
pub(super) async fn store_artifacts(
    plan: &Plan,
    uploads: &[Upload],
    progress: Progress,
    errors: &mut Vec<SharedError>,
) -> Vec<String> {
    let missing = plan.artifacts.iter().filter(|artifact| artifact.store);
    let missing: Vec<&Upload> = missing
        .filter_map(|artifact| {
            uploads
                .iter()
                .find(|upload| upload.stored.location == artifact.location)
        })
        .collect();
    let bytes = missing.iter().map(|upload| upload.artifact.length).sum();
    let transfer = Arc::new(progress.start_transfer("storing", missing.len(), bytes));
    let storing = missing.into_iter().map(async |upload| {
        let ended = store(upload.clone(), Arc::clone(&transfer)).await;
        (upload.stored.location.clone(), ended)
    });
    let ended: Vec<(String, Result<(), SharedError>)> = futures::stream::iter(storing)
        .buffered(UPLOADS_AT_ONCE)
        .collect()
        .await;
    transfer.finish();
    let mut failed = Vec::new();
    for (location, ended) in ended {
        if let Err(error) = ended {
            errors.push(error);
            failed.push(location);
        }
    }
    failed
}

async fn store(upload: Upload, transfer: Arc<Transfer>) -> Result<(), SharedError> {
    let package = upload.package;
    transfer.step(package, upload.artifact.length);
    // A folder is written without pause; Ctrl-C must be seen meanwhile.
    let storing = task::spawn_blocking(move || {
        let manifest = format!("{:#}\n", upload.artifact.manifest);
        let metadata = upload.artifact.metadata();
        let source = Source {
            file: &upload.artifact.program,
            length: upload.artifact.length,
            manifest: manifest.as_bytes(),
            metadata: &metadata,
            is_new: !upload.folder.has_some_of(&upload.key),
        };
        let advance = |bytes| transfer.advance(bytes);
        Handle::current().block_on(upload.store().store.put(&upload.key, source, &advance))
    });
    match storing.await {
        Ok(Ok(_)) => Ok(()),
        Ok(Err(source)) => Err(SharedError::Store {
            package,
            source: Box::new(source),
        }),
        Err(stopped) => std::panic::resume_unwind(stopped.into_panic()),
    }
}
