//! The stores that a worker fetches from, whatever a deployment or a run names.

use std::fmt;
use std::path::{Component, Path, PathBuf};

use crate::azure::{AccessError, Account, configured_account};
use crate::location::{ArtifactLocation, LocationError, Place};
use crate::{Digest, LOCAL_STORE};

/// Variable that lists the allowed stores.
const STORES: &str = AllowedStores::VARIABLE;

/// The stores that a worker fetches from; everything else is refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AllowedStores {
    stores: Vec<AllowedStore>,
}

/// One entry of the list.
#[derive(Debug, Clone, PartialEq, Eq)]
enum AllowedStore {
    /// An absolute path.
    Folder(PathBuf),
    Azure {
        account: Account,
        /// `None` for every container of the account.
        container: Option<String>,
        /// Folders in the container, outermost first; empty for all of it.
        prefix: Vec<String>,
    },
}

/// A list of stores that cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AllowedStoresError {
    /// An entry is neither an absolute path nor a container of an account.
    #[error("`{entry}` in `{STORES}` is not a store")]
    Entry {
        /// The entry.
        entry: String,
    },
    /// The credentials name an account that cannot be used.
    #[error("cannot tell which storage account the credentials are for")]
    Account(#[source] AccessError),
}

impl AllowedStoresError {
    /// What to do about it.
    #[must_use]
    pub fn help(&self) -> Option<String> {
        match self {
            Self::Entry { .. } => Some(
                "write `az://<account>/<container>` with a folder behind it if need be, or an absolute path; commas separate entries"
                    .to_owned(),
            ),
            Self::Account(error) => error.help(),
        }
    }
}

impl AllowedStores {
    /// Environment variable with the list, commas between the entries.
    pub const VARIABLE: &str = "LONGSHORE_STORES";

    /// Reads `LONGSHORE_STORES`; without it, the account that the credentials name, else the local store of `workspace`.
    ///
    /// # Errors
    /// An entry is not a store, or the credentials name an account that cannot be used.
    pub fn from_environment(
        env: &impl Fn(&str) -> Option<String>,
        workspace: Option<&Path>,
    ) -> Result<Self, AllowedStoresError> {
        if let Some(listed) = Self::listed(env)? {
            return Ok(listed);
        }
        if let Some(account) = configured_account(env).map_err(AllowedStoresError::Account)? {
            let store = AllowedStore::Azure {
                account,
                container: None,
                prefix: Vec::new(),
            };
            return Ok(Self {
                stores: vec![store],
            });
        }
        let folder = workspace.map(|workspace| workspace.join(LOCAL_STORE));
        Ok(Self::of_folders(folder))
    }

    /// Reads `LONGSHORE_STORES`; `None` if it is not set or empty.
    ///
    /// # Errors
    /// An entry is not a store.
    pub fn listed(
        env: &impl Fn(&str) -> Option<String>,
    ) -> Result<Option<Self>, AllowedStoresError> {
        let Some(list) = env(STORES).filter(|list| !list.trim().is_empty()) else {
            return Ok(None);
        };
        // An account of the credentials keeps its own endpoint; credentials that cannot be used are no reason to refuse a
        // list of folders.
        let configured = configured_account(env).ok().flatten();
        let entries = list
            .split(',')
            .map(str::trim)
            .filter(|entry| !entry.is_empty());
        let stores = entries.map(|entry| {
            AllowedStore::parse(entry, configured.as_ref()).ok_or_else(|| {
                AllowedStoresError::Entry {
                    entry: entry.to_owned(),
                }
            })
        });
        let stores = stores.collect::<Result<_, _>>()?;
        Ok(Some(Self { stores }))
    }

    /// Folders of this machine.
    #[must_use]
    pub fn of_folders(folders: impl IntoIterator<Item = PathBuf>) -> Self {
        Self {
            stores: folders.into_iter().map(AllowedStore::Folder).collect(),
        }
    }

    /// Reads the location of an artifact with this digest, in one of the stores.
    ///
    /// Nothing is sent or opened: a location outside the stores is refused without a look at it.
    ///
    /// # Errors
    /// The location is not one that a store gives, is in none of the stores, or is of another digest.
    pub fn resolve(
        &self,
        location: &str,
        digest: Digest,
    ) -> Result<ArtifactLocation, LocationError> {
        LocationError::unless_plain(location)?;
        let mut found = self.stores.iter().filter_map(|store| store.find(location));
        let (place, parts) = found.next().ok_or_else(|| LocationError::NotAllowed {
            location: location.to_owned(),
            allowed: self.to_string(),
        })?;
        ArtifactLocation::new(location, place, &parts, digest)
    }
}

impl fmt::Display for AllowedStores {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, store) in self.stores.iter().enumerate() {
            if index > 0 {
                formatter.write_str(",")?;
            }
            match store {
                AllowedStore::Folder(path) => write!(formatter, "{}", path.display())?,
                AllowedStore::Azure {
                    account,
                    container,
                    prefix,
                } => {
                    let container = container.as_deref().unwrap_or("*");
                    write!(formatter, "az://{}/{container}", account.name)?;
                    for folder in prefix {
                        write!(formatter, "/{folder}")?;
                    }
                }
            }
        }
        Ok(())
    }
}

impl AllowedStore {
    fn parse(entry: &str, configured: Option<&Account>) -> Option<Self> {
        let (account, parts) = if let Some(rest) = entry.strip_prefix("az://") {
            let mut parts = rest.split('/').map(str::to_owned);
            let name = parts.next()?;
            let configured = configured.filter(|account| account.name == name);
            let account = configured.cloned().or_else(|| Account::named(&name))?;
            (account, parts.collect())
        } else if entry.contains("://") {
            Account::of_text(entry)?
        } else {
            return is_plain_path(entry).then(|| Self::Folder(entry.into()));
        };
        let mut parts = parts.into_iter();
        let container = parts.next().filter(|container| !container.is_empty())?;
        let prefix: Vec<String> = parts.filter(|part| !part.is_empty()).collect();
        if prefix
            .iter()
            .any(|part| matches!(part.as_str(), "." | ".."))
        {
            return None;
        }
        Some(Self::Azure {
            account,
            container: Some(container),
            prefix,
        })
    }

    /// Where in this store a location is, and the names between the store's root and the binary.
    fn find(&self, location: &str) -> Option<(Place, Vec<String>)> {
        match self {
            Self::Folder(root) => {
                let inside = Path::new(location).strip_prefix(root).ok()?;
                let parts = inside.components().map(|part| match part {
                    Component::Normal(name) => name.to_str().map(str::to_owned),
                    _ => None,
                });
                let parts = parts.collect::<Option<Vec<_>>>()?;
                is_plain_path(location).then(|| (Place::Folder(root.clone()), parts))
            }
            Self::Azure {
                account,
                container,
                prefix,
            } => {
                let mut parts = account.parts_of(location)?;
                let found = parts.remove(0);
                let is_allowed = container.as_ref().is_none_or(|allowed| *allowed == found);
                if !is_allowed || !parts.starts_with(prefix) {
                    return None;
                }
                let place = Place::Container {
                    account: account.clone(),
                    container: found,
                };
                Some((place, parts))
            }
        }
    }
}

/// Whether a path is absolute and written without `.`, `..`, doubled slashes or one at its end.
fn is_plain_path(path: &str) -> bool {
    let written = Path::new(path);
    let plain: PathBuf = written
        .components()
        .filter(|part| {
            matches!(
                part,
                Component::RootDir | Component::Prefix(_) | Component::Normal(_)
            )
        })
        .collect();
    written.is_absolute() && plain.as_os_str() == written.as_os_str()
}

#[cfg(test)]
mod tests;
