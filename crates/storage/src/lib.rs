//! Stores for the programs of flows, addressed by the SHA-256 of their content.
//!
//! An artifact is `<root>/<storage path>/<sha256>/<binary>` with a `manifest.json` beside it. It is
//! written once and never changed, so a run in flight keeps its code and a rollback is a change of
//! a pointer. There are two kinds of [`Store`]: a folder and a container of Azure Blob Storage.

mod allowed;
mod azure;
mod choice;
mod digest;
mod error;
mod executable;
mod key;
mod landing;
mod local;
mod location;
mod store;
mod verified;

pub use allowed::{AllowedStores, AllowedStoresError};
pub use azure::{
    Access, AccessError, AccessOptions, Account, Attempt, AzureError, AzureFailure, AzureStore,
    ConnectionStringError, Identity, ManagedIdentity, Patience,
};
pub use choice::{ARTIFACT, ChoiceError, NamedArtifact, SHA256};
pub use digest::{Digest, ParseDigestError};
pub use error::StoreError;
pub use executable::{Executable, GlibcVersion};
pub use key::{ArtifactKey, Put, StoredArtifact};
pub use local::LocalStore;
pub use location::{ArtifactLocation, LocationError};
pub use store::{Source, Store};
pub use verified::{VerificationError, VerifiedBinary, check_private_folder};

/// The local store of a workspace, from its root.
pub const LOCAL_STORE: &str = ".longshore/artifacts";

/// Name of the file that describes an artifact, beside its binary.
pub const MANIFEST: &str = "manifest.json";
