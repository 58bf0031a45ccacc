//! Why there is no credential, or none that can be used.

use super::super::connection_string::ConnectionStringError;
use super::{ACCOUNT, CONNECTION_STRING, Identity};

/// No credential, or one that cannot be used; no secret is shown.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AccessError {
    /// The connection string cannot be read.
    #[error("`{CONNECTION_STRING}` cannot be used")]
    ConnectionString(#[source] ConnectionStringError),
    /// Neither the location nor a variable names an account.
    #[error("no storage account is named")]
    NoAccount,
    /// The name is none that a storage account can have.
    #[error("`{name}` cannot be the name of a storage account")]
    AccountName {
        /// The value of the variable.
        name: String,
    },
    /// The credential is for another account than the artifact's.
    #[error("`{variable}` is for the storage account `{found}`, not for `{wanted}`")]
    OtherAccount {
        /// Where the credential comes from.
        variable: &'static str,
        /// The credential's account.
        found: String,
        /// The artifact's account.
        wanted: String,
    },
    /// A variable is set, another one that belongs to it is not.
    #[error("`{variable}` is set, but `{missing}` is not")]
    Incomplete {
        /// What is set.
        variable: &'static str,
        /// What is missing.
        missing: &'static str,
    },
    /// Azure's client refuses the credential, for instance since its token file is missing.
    #[error("cannot use {identity}")]
    Credential {
        /// The credential.
        identity: Identity,
        /// Why not.
        source: azure_core::Error,
    },
    /// Credentials would cross a network in the clear.
    #[error("the blob service of the storage account `{account}` is plain http on another machine")]
    PlainHttp {
        /// The account.
        account: String,
    },
    /// TLS or the system's certificates cannot be used.
    #[error("the HTTP client for Azure could not be set up")]
    HttpClient(#[source] Box<dyn std::error::Error + Send + Sync>),
}

impl AccessError {
    /// What to do about it.
    #[must_use]
    pub fn help(&self) -> Option<String> {
        Some(match self {
            Self::ConnectionString(_) => {
                "copy it again: `az storage account show-connection-string --name <account>`"
                    .to_owned()
            }
            Self::NoAccount => format!("set `{ACCOUNT}` or `{CONNECTION_STRING}`"),
            Self::AccountName { .. } => {
                format!("`{ACCOUNT}` is the name alone, 3 to 24 lower-case letters and digits")
            }
            Self::OtherAccount { wanted, .. } => {
                format!("set it to one of `{wanted}`, or unset it to use an identity")
            }
            Self::PlainHttp { .. } => {
                "write the endpoint with `https`; plain http is for an emulator on this machine"
                    .to_owned()
            }
            Self::Incomplete { missing, .. } => format!("set `{missing}` too"),
            Self::HttpClient(_) => {
                "install the package `ca-certificates` in the image, or set `SSL_CERT_FILE`"
                    .to_owned()
            }
            Self::Credential { .. } => return None,
        })
    }
}
