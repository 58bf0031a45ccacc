//! What can go wrong with a store.

use std::io;
use std::path::PathBuf;

use crate::Digest;

/// A failed use of a store; nothing is left under an artifact's final name.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The storage path or the name of the binary would leave the store.
    #[error("`{name}` cannot be a path in an artifact store")]
    Name {
        /// The path or name that was given.
        name: String,
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
}
