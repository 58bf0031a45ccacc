//! What can go wrong with a store.

use std::io;
use std::path::PathBuf;

use crate::Digest;
use crate::azure::{AccessError, AzureError, AzureFailure};

/// A failed use of a store; nothing is left under an artifact's final name.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The storage path or the name of the binary would leave the store.
    #[error("`{name}` cannot be a path in an artifact store")]
    Name {
        /// The path or name that was given.
        name: String,
    },
    /// A text that does not say where an artifact is.
    #[error("`{location}` is not the place of an artifact")]
    Location {
        /// The text.
        location: String,
    },
    /// A folder of the store could not be made.
    #[error("cannot make the folder `{}` of the artifact store", path.display())]
    CreateFolder {
        /// The folder.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// The artifact that was to be stored could not be read.
    #[error("cannot read the artifact `{binary}` that is to be stored")]
    ReadArtifact {
        /// Name of the binary.
        binary: String,
        /// Why not.
        source: io::Error,
    },
    /// A file of the store could not be written.
    #[error("cannot write `{}` to the artifact store", path.display())]
    Write {
        /// The file or folder, under its temporary or its final name.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// A file or folder of the store could not be read.
    #[error("cannot read `{}` in the artifact store", path.display())]
    Read {
        /// The file or folder.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// A file of the store could not be deleted.
    #[error("cannot delete `{}` from the artifact store", path.display())]
    Remove {
        /// The file or folder.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// What was read is not what was announced.
    #[error(
        "the artifact `{binary}` changed while it was stored: expected {expected}, read {read}"
    )]
    Changed {
        /// Name of the binary.
        binary: String,
        /// Digest under which it was to be stored.
        expected: Digest,
        /// Digest of what was read.
        read: Digest,
    },
    /// The store does not have the artifact.
    #[error("there is no artifact at `{location}`")]
    Missing {
        /// Where it should be.
        location: String,
    },
    /// The store has something else under the artifact's name.
    #[error("the artifact at `{location}` is damaged: it has the digest {read}, not {expected}")]
    Damaged {
        /// Where it is.
        location: String,
        /// Digest by which it was asked for.
        expected: Digest,
        /// Digest of what was fetched.
        read: Digest,
    },
    /// The artifact is larger than what may be fetched.
    #[error("the artifact at `{location}` has {length} bytes; at most {limit} are fetched")]
    TooLarge {
        /// Where it is.
        location: String,
        /// Its size in bytes.
        length: u64,
        /// The largest size in bytes.
        limit: u64,
    },
    /// More arrived than the store had announced.
    #[error(
        "the artifact at `{location}` has more than the {announced} bytes that the store announced"
    )]
    Grown {
        /// Where it is.
        location: String,
        /// The announced size in bytes.
        announced: u64,
    },
    /// A path in a local store leads out of it.
    #[error("`{}` leads out of the artifact store by a symbolic link", path.display())]
    Outside {
        /// The path.
        path: PathBuf,
    },
    /// What was fetched could not be written.
    #[error("cannot write the fetched artifact to `{}`", path.display())]
    Land {
        /// The file, under its temporary or its final name.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// There is no usable credential for Azure.
    #[error("cannot use Azure Blob Storage")]
    Access(#[from] AccessError),
    /// Azure Blob Storage refused, or could not be asked.
    #[error(transparent)]
    Azure(Box<AzureError>),
}

impl StoreError {
    /// Whether it is because the container does not exist.
    #[must_use]
    pub fn is_no_container(&self) -> bool {
        matches!(self, Self::Azure(error) if matches!(error.source, AzureFailure::NoContainer))
    }

    /// What to do about it; nothing if the cause says it.
    #[must_use]
    pub fn help(&self) -> Option<String> {
        match self {
            Self::Access(error) => error.help(),
            Self::Azure(error) => error.help(),
            Self::Missing { .. } => Some(
                "deploy again, which stores it; `gc` may have deleted it, or somebody by hand".to_owned(),
            ),
            Self::Damaged { location, .. } => {
                Some(format!("delete `{location}` by hand and deploy again; it was not executed"))
            }
            Self::Grown { .. } => Some("fetch it again; if that stays, delete it in the store and deploy again".to_owned()),
            Self::Outside { .. } => Some("move the files of the store into its folder".to_owned()),
            Self::Land { source, .. } if source.kind() == io::ErrorKind::StorageFull => {
                Some("free some space on that disk".to_owned())
            }
            Self::Location { .. } => Some(
                "it is a path, or a URL such as `https://<account>.blob.core.windows.net/<container>/<path>/<sha256>/<binary>`".to_owned(),
            ),
            _ => None,
        }
    }
}
