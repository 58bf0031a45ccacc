//! The folders of the artifact stores that the chosen flows go to: each store is opened once, each folder listed once.

mod error;

use std::env;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use futures::{StreamExt as _, TryStreamExt as _};
use longshore::record::DeploymentRecord;
use longshore_spec::{StorageLocation, StorageUrl};
use longshore_storage::{
    Access, ArtifactKey, AzureStore, LOCAL_STORE, LocalStore, Store, StoreError, StoredArtifact,
};

use crate::LinkedPackage;
use crate::config::Config;
use crate::error::Failure;
use crate::report::tell;

pub(crate) use error::{StorageError, remedy};

/// Folders that are listed at once.
const LISTINGS_AT_ONCE: usize = 8;

/// A store that is open.
#[derive(Debug, Clone)]
pub(crate) struct OpenStore {
    /// As it was declared.
    pub(crate) name: String,
    pub(crate) store: Store,
}

/// A flow's folder in a store, and what was there when it was listed.
#[derive(Debug, Clone)]
pub(crate) struct Folder {
    pub(crate) store: OpenStore,
    /// From the root of the store, such as `projects/finance/daily_report`.
    pub(crate) path: String,
    pub(crate) present: Vec<StoredArtifact>,
    /// The container, if it does not exist and may be made.
    pub(crate) new_container: Option<NewContainer>,
}

/// A container that is to be made.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub(crate) struct NewContainer {
    /// Name of the storage account.
    pub(crate) account: String,
    pub(crate) container: String,
}

/// A folder before its store is opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Place<'a> {
    /// `None` for the workspace's own folder.
    pub(crate) storage: Option<&'a StorageUrl>,
    /// From the root of the store.
    pub(crate) path: &'a str,
}

impl<'a> Place<'a> {
    /// Where the program of a deployment goes.
    pub(crate) fn of(
        record: &'static DeploymentRecord,
        package: &'static LinkedPackage,
        config: &'a Config,
    ) -> Self {
        let storage = config.setting(record.storage.as_ref(), |of| of.storage.as_ref());
        Self {
            storage: storage.map(|storage| storage.value),
            path: record.path.as_ref().map_or(package.folder, AsRef::as_ref),
        }
    }

    /// Whether only this machine sees it.
    pub(crate) fn is_local(&self) -> bool {
        let storage = self.storage;
        storage.is_none_or(|storage| matches!(storage.location(), StorageLocation::Folder(_)))
    }
}

/// The folder of this machine that a storage names; `None` for a container.
pub(crate) fn local_folder(storage: &StorageUrl, root: &Path) -> Option<PathBuf> {
    match storage.location() {
        StorageLocation::Folder(folder) => Some(root.join(folder)),
        _ => None,
    }
}

impl OpenStore {
    /// Opens a store; nothing is sent yet.
    ///
    /// # Errors
    /// There is no usable credential.
    fn open(
        storage: Option<&StorageUrl>,
        root: &Path,
        config: &Config,
    ) -> Result<Self, StorageError> {
        let name = storage.map_or(LOCAL_STORE, AsRef::as_ref).to_owned();
        let store = match storage.map(StorageUrl::location) {
            Some(StorageLocation::Azure { container, prefix }) => {
                let opened = azure(container, prefix, config);
                let store = opened.map_err(|source| StorageError::Open {
                    storage: name.clone(),
                    source: Box::new(source),
                })?;
                tell(&format!(
                    "storage: {name} in the storage account `{}`, with {}",
                    store.account().name,
                    store.identity()
                ));
                store.into()
            }
            _ => LocalStore::new(root.join(&name)).into(),
        };
        Ok(Self { name, store })
    }

    /// Finds out whether artifacts could be written.
    ///
    /// # Errors
    /// The store cannot be reached or written.
    pub(crate) async fn check_writable(&self) -> Result<(), StorageError> {
        let checked = self.store.check_writable().await;
        checked.map_err(|source| StorageError::Write {
            storage: self.name.clone(),
            source: Box::new(source),
        })
    }
}

fn azure(container: &str, prefix: &str, config: &Config) -> Result<AzureStore, StoreError> {
    let variable = |name: &str| env::var(name).ok();
    let access = Access::from_environment(None, &variable, config.azure.clone())?;
    AzureStore::connect(&access, container, prefix)
}

impl Folder {
    /// Opens the stores and lists the folders, the same ones once; the answers are in the order of the places.
    ///
    /// # Errors
    /// Every store that cannot be opened or read.
    pub(crate) async fn look(
        places: &[Place<'_>],
        root: &Path,
        config: &Config,
        create_containers: bool,
    ) -> Result<Vec<Arc<Self>>, Failure> {
        let stores = open_all(places, root, config)?;
        let mut distinct: Vec<Place<'_>> = Vec::new();
        for place in places {
            if !distinct.contains(place) {
                distinct.push(*place);
            }
        }
        let found = distinct.iter().filter_map(|place| {
            let mut stores = stores.iter();
            let (_, store) = stores.find(|(storage, _)| *storage == place.storage)?;
            Some((store.clone(), place.path))
        });
        let listings = found.map(|(store, path)| Self::list(store, path, create_containers));
        let folders: Vec<Arc<Self>> = futures::stream::iter(listings)
            .buffered(LISTINGS_AT_ONCE)
            .map_ok(Arc::new)
            .try_collect()
            .await?;
        let of = |place: &Place<'_>| {
            let found = distinct.iter().zip(&folders);
            let mut found = found.filter(|(distinct, _)| *distinct == place);
            found.next().map(|(_, folder)| Arc::clone(folder))
        };
        Ok(places.iter().filter_map(of).collect())
    }

    async fn list(
        store: OpenStore,
        path: &str,
        create_containers: bool,
    ) -> Result<Self, StorageError> {
        let path = path.to_owned();
        let (present, new_container) = match (store.store.list(&path).await, &store.store) {
            (Ok(present), _) => (present, None),
            (Err(error), Store::Azure(azure)) if create_containers && error.is_no_container() => {
                let new = NewContainer {
                    account: azure.account().name.clone(),
                    container: azure.container().to_owned(),
                };
                (Vec::new(), Some(new))
            }
            (Err(source), _) => {
                return Err(StorageError::Read {
                    storage: store.name,
                    source: Box::new(source),
                });
            }
        };
        Ok(Self {
            store,
            path,
            present,
            new_container,
        })
    }

    /// Whether anything of an artifact was there.
    pub(crate) fn has_some_of(&self, key: &ArtifactKey) -> bool {
        self.present.iter().any(|found| found.digest == key.digest)
    }

    /// Whether an artifact was there in full.
    pub(crate) fn holds(&self, key: &ArtifactKey, length: u64) -> bool {
        self.present.iter().any(|found| {
            found.complete
                && found.length == length
                && (found.digest, &found.binary) == (key.digest, &key.binary)
        })
    }
}

type Opened<'a> = (Option<&'a StorageUrl>, OpenStore);

fn open_all<'a>(
    places: &[Place<'a>],
    root: &Path,
    config: &Config,
) -> Result<Vec<Opened<'a>>, Failure> {
    let mut stores: Vec<Opened<'a>> = Vec::new();
    let mut refused: Vec<Option<&StorageUrl>> = Vec::new();
    let mut problems = Vec::new();
    for place in places {
        let storage = place.storage;
        if refused.contains(&storage) || stores.iter().any(|(known, _)| *known == storage) {
            continue;
        }
        match OpenStore::open(storage, root, config) {
            Ok(store) => stores.push((storage, store)),
            Err(problem) => {
                refused.push(storage);
                problems.push(problem);
            }
        }
    }
    Failure::unless_empty(problems)?;
    Ok(stores)
}
