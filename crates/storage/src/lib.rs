//! Stores for the programs of flows, addressed by the SHA-256 of their content.
//!
//! An artifact is `<root>/<storage path>/<sha256>/<binary>` with a `manifest.json` beside it. It is
//! written once and never changed, so a run in flight keeps its code and a rollback is a change of
//! a pointer.

mod digest;
mod error;
mod local;

pub use digest::{Digest, ParseDigestError};
pub use error::StoreError;
pub use local::{ArtifactKey, LocalStore, Put};

/// Name of the file that describes an artifact, beside its binary.
pub const MANIFEST: &str = "manifest.json";
