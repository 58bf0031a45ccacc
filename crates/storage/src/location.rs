//! Where an artifact is, as the job variable `artifact` says it.

use std::fmt;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use crate::azure::{Access, Account, AzureStore};
use crate::local::{fetch_file, open_regular};
use crate::{AccessOptions, Digest, Identity, StoreError};

/// An artifact in a store that the worker allows: `<storage path>/<sha256>/<binary>`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ArtifactLocation {
    place: Place,
    /// Storage path from the root of the place, `/` between its parts.
    path: String,
    digest: Digest,
    binary: String,
    /// As it was written.
    location: String,
}

/// The folder or container that a location is in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Place {
    Folder(PathBuf),
    Container { account: Account, container: String },
}

/// A location that is refused; nothing was sent or opened for it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum LocationError {
    /// A URL with a user name or password.
    #[error("the location of the artifact has a user name or password in its URL")]
    UserInfo,
    /// A URL with a query or fragment, such as a shared access signature.
    #[error("the location of the artifact has a query or fragment in its URL")]
    Query,
    /// A URL that would send credentials in the clear.
    #[error("the location of the artifact, `{location}`, is plain http to another machine")]
    PlainHttp {
        /// The location.
        location: String,
    },
    /// A store that the worker does not allow, or no location at all.
    #[error(
        "the artifact `{location}` is in none of the stores of this worker ({})",
        if allowed.is_empty() { "it has none" } else { allowed }
    )]
    NotAllowed {
        /// The location.
        location: String,
        /// The allowed stores, as `LONGSHORE_STORES` lists them; may be empty.
        allowed: String,
    },
    /// Not `<storage path>/<sha256>/<binary>` with the SHA-256 that was asked for.
    #[error("the location `{location}` is not that of the artifact with the SHA-256 `{digest}`")]
    OtherArtifact {
        /// The location.
        location: String,
        /// The digest.
        digest: Digest,
    },
}

impl LocationError {
    /// What to do about it.
    #[must_use]
    pub fn help(&self) -> Option<String> {
        Some(match self {
            Self::UserInfo | Self::Query | Self::PlainHttp { .. } | Self::OtherArtifact { .. } => {
                "deploy again: `deploy apply` sets `artifact` to a path, or to a URL such as `https://<account>.blob.core.windows.net/<container>/<path>/<sha256>/<binary>`".to_owned()
            }
            Self::NotAllowed { location, .. } => format!(
                "if the team stores its artifacts there, set `LONGSHORE_STORES` for the worker, such as `LONGSHORE_STORES={}`",
                if location.contains("://") { "az://<account>/<container>" } else { "/srv/store" }
            ),
        })
    }

    /// Refuses what no store writes into a location, and what would carry a credential out of the way.
    pub(crate) fn unless_plain(location: &str) -> Result<(), Self> {
        let Some((scheme, rest)) = location.split_once("://") else {
            return Ok(());
        };
        let authority = rest.split(['/', '\\', '?', '#']).next().unwrap_or_default();
        if authority.contains('@') {
            return Err(Self::UserInfo);
        }
        if rest.contains(['?', '#']) {
            return Err(Self::Query);
        }
        let account = Account::parse(location);
        if scheme.eq_ignore_ascii_case("http")
            && account.is_some_and(|account| !account.is_loopback())
        {
            let location = location.to_owned();
            return Err(Self::PlainHttp { location });
        }
        Ok(())
    }
}

impl fmt::Display for ArtifactLocation {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.location)
    }
}

impl ArtifactLocation {
    pub(crate) fn new(
        location: &str,
        place: Place,
        parts: &[String],
        digest: Digest,
    ) -> Result<Self, LocationError> {
        let other = || LocationError::OtherArtifact {
            location: location.to_owned(),
            digest,
        };
        let [path @ .., named, binary] = parts else {
            return Err(other());
        };
        if path.is_empty() || named.parse() != Ok(digest) || *named != digest.to_string() {
            return Err(other());
        }
        Ok(Self {
            place,
            path: path.join("/"),
            digest,
            binary: binary.clone(),
            location: location.to_owned(),
        })
    }

    /// Whether both are versions of one program: in the same storage path of the same store.
    #[must_use]
    pub fn is_version_of(&self, other: &Self) -> bool {
        (&self.place, &self.path) == (&other.place, &other.path)
    }

    /// SHA-256 of the binary.
    #[must_use]
    pub fn digest(&self) -> Digest {
        self.digest
    }

    /// File name of the binary.
    #[must_use]
    pub fn binary(&self) -> &str {
        &self.binary
    }

    /// Brings the binary into a file, as [`Store::fetch`](crate::Store::fetch) does; `limit` is the largest size in bytes.
    ///
    /// A binary in a container needs a credential from `env`, which is returned.
    ///
    /// # Errors
    /// As of [`Store::fetch`](crate::Store::fetch); the binary is larger than `limit`, or is not a regular file of the
    /// store; there is no usable credential.
    pub async fn fetch(
        &self,
        target: &Path,
        limit: u64,
        env: &impl Fn(&str) -> Option<String>,
        options: AccessOptions,
    ) -> Result<Option<Identity>, StoreError> {
        match &self.place {
            Place::Folder(root) => {
                let file = self.open_in(root)?;
                let path = Path::new(&self.location);
                fetch_file(file, path, self.digest, target, limit).map(|()| None)
            }
            Place::Container { account, container } => {
                let access = Access::from_environment(Some(account.clone()), env, options)?;
                let store = AzureStore::connect(&access, container, "")?;
                let name = format!("{}/{}/{}", self.path, self.digest, self.binary);
                store.fetch_blob(&name, self.digest, target, limit).await?;
                Ok(Some(access.identity))
            }
        }
    }

    /// Opens the binary if it is a regular file that is really in the folder: no link leads out of it.
    fn open_in(&self, root: &Path) -> Result<File, StoreError> {
        let path = Path::new(&self.location);
        let failed = |source: io::Error| match source.kind() {
            io::ErrorKind::NotFound => StoreError::Missing {
                location: self.location.clone(),
            },
            _ => StoreError::Read {
                path: path.to_owned(),
                source,
            },
        };
        let real = fs::canonicalize(path).map_err(failed)?;
        let root = fs::canonicalize(root).map_err(failed)?;
        if !real.starts_with(&root) {
            return Err(StoreError::Outside {
                path: path.to_owned(),
            });
        }
        open_regular(&real).map_err(failed)
    }

    /// Opens a binary of this machine, to verify and execute the very file, which has the returned path.
    ///
    /// # Errors
    /// It is in a container, is not a regular file of the store, or cannot be read.
    pub fn open(&self) -> Result<(File, &Path), StoreError> {
        match &self.place {
            Place::Folder(root) => Ok((self.open_in(root)?, Path::new(&self.location))),
            Place::Container { .. } => Err(StoreError::Location {
                location: self.location.clone(),
            }),
        }
    }
}
