//! Who one is to a storage account: found in the environment, in a fixed order, and named in all output.

mod error;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use azure_core::credentials::{Secret, TokenCredential};
use azure_core::http::policies::Policy;
use azure_core::http::{
    ClientOptions, ExponentialRetryOptions, RetryOptions, Transport as SdkTransport, Url,
};
use azure_core::time::OffsetDateTime;
use azure_identity::{
    AzureCliCredential, ClientAssertionCredentialOptions, ClientSecretCredential,
    ClientSecretCredentialOptions, ManagedIdentityCredential, ManagedIdentityCredentialOptions,
    UserAssignedId, WorkloadIdentityCredential, WorkloadIdentityCredentialOptions,
};

use super::account::Account;
use super::connection_string::{AccountSecret, ConnectionString};
use super::signing::{SharedAccessSignature, SharedKey};
use super::transport::Transport;
pub use error::AccessError;

const CONNECTION_STRING: &str = "AZURE_STORAGE_CONNECTION_STRING";
const ACCOUNT: &str = "AZURE_STORAGE_ACCOUNT";
const SAS_TOKEN: &str = "AZURE_STORAGE_SAS_TOKEN";
const TOKEN_FILE: &str = "AZURE_FEDERATED_TOKEN_FILE";
const CLIENT_ID: &str = "AZURE_CLIENT_ID";
const CLIENT_SECRET: &str = "AZURE_CLIENT_SECRET";
const TENANT_ID: &str = "AZURE_TENANT_ID";
const IDENTITY_ENDPOINT: &str = "IDENTITY_ENDPOINT";
const IDENTITY_HEADER: &str = "IDENTITY_HEADER";
const ARC_ENDPOINT: &str = "IMDS_ENDPOINT";

/// Which credential was chosen; it is shown without its secret.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Identity {
    /// The account's key, from the connection string.
    AccountKey,
    /// A shared access signature, from the connection string or a variable of its own.
    SharedAccessSignature {
        /// When it expires (its parameter `se`).
        expires: Option<String>,
    },
    /// A workload identity of Kubernetes.
    Workload {
        /// The client id it acts as.
        client_id: String,
    },
    /// A managed identity.
    Managed {
        /// The client id of a user-assigned one; `None` for the system-assigned one.
        client_id: Option<String>,
    },
    /// A service principal with a secret.
    ServicePrincipal {
        /// Its client id.
        client_id: String,
    },
    /// Who is logged in with `az login`.
    AzureCli,
}

impl Identity {
    /// Whether a role decides what it may do.
    pub(crate) fn has_roles(&self) -> bool {
        !matches!(self, Self::AccountKey | Self::SharedAccessSignature { .. })
    }

    /// Whether it is a signature that is over at a time.
    pub(crate) fn has_expired(&self, now: OffsetDateTime) -> bool {
        let Self::SharedAccessSignature {
            expires: Some(expires),
        } = self
        else {
            return false;
        };
        azure_core::time::parse_rfc3339(expires).is_ok_and(|expires| expires < now)
    }

    /// What `az role assignment create --assignee` takes.
    pub(crate) fn assignee(&self) -> &str {
        match self {
            Self::Workload { client_id }
            | Self::ServicePrincipal { client_id }
            | Self::Managed {
                client_id: Some(client_id),
            } => client_id,
            _ => "<client id>",
        }
    }
}

impl fmt::Display for Identity {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AccountKey => formatter.write_str("the account key"),
            Self::SharedAccessSignature {
                expires: Some(expires),
            } => {
                write!(
                    formatter,
                    "a shared access signature that expires {expires}"
                )
            }
            Self::SharedAccessSignature { expires: None } => {
                formatter.write_str("a shared access signature")
            }
            Self::Workload { client_id } => {
                write!(
                    formatter,
                    "the workload identity with client id `{client_id}`"
                )
            }
            Self::Managed {
                client_id: Some(client_id),
            } => write!(
                formatter,
                "the managed identity with client id `{client_id}`"
            ),
            Self::Managed { client_id: None } => {
                formatter.write_str("the system-assigned managed identity")
            }
            Self::ServicePrincipal { client_id } => {
                write!(
                    formatter,
                    "the service principal with client id `{client_id}`"
                )
            }
            Self::AzureCli => formatter.write_str("the login of the Azure CLI"),
        }
    }
}

/// How long a store may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Patience {
    /// How long nothing may arrive before a try has failed: 64 kB/s suffice for a block.
    pub silence: Duration,
    /// How often a request is sent again.
    pub retries: u32,
    /// The delay after the first try; it doubles.
    pub first_delay: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            silence: Duration::from_secs(60),
            retries: 5,
            first_delay: Duration::from_millis(200),
        }
    }
}

/// A managed identity named in a configuration, so that none has to be guessed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ManagedIdentity {
    /// That of the machine.
    SystemAssigned,
    /// The one with this client id.
    ClientId(String),
}

/// What is chosen beside the environment.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AccessOptions {
    /// The account where the environment names none.
    pub account: Option<String>,
    /// The managed identity to use; for `None` one is used only if the environment points to it.
    pub managed_identity: Option<ManagedIdentity>,
    /// How long the store may take.
    pub patience: Patience,
}

/// An account and who one is to it.
#[derive(Debug)]
pub struct Access {
    pub(crate) account: Account,
    pub(crate) identity: Identity,
    credential: Credential,
    options: AccessOptions,
}

#[derive(Debug, Clone)]
enum Credential {
    Secret(AccountSecret),
    Workload {
        tenant: String,
        client_id: String,
        file: String,
    },
    Managed(Option<String>),
    Principal {
        tenant: String,
        client_id: String,
        secret: Secret,
    },
    AzureCli,
}

impl Access {
    /// Finds the credential; nothing is sent, and nothing is probed for.
    ///
    /// The order: `AZURE_STORAGE_CONNECTION_STRING`; `AZURE_STORAGE_SAS_TOKEN`; workload identity
    /// (`AZURE_FEDERATED_TOKEN_FILE`); managed identity (`IDENTITY_ENDPOINT`, the options, or `AZURE_CLIENT_ID` without
    /// `AZURE_CLIENT_SECRET`); service principal (`AZURE_CLIENT_SECRET`); the Azure CLI. The account is `account` if
    /// given, else the connection string's, else `AZURE_STORAGE_ACCOUNT`, else the options'. An empty variable counts as
    /// not set.
    ///
    /// Azure's client reads `IDENTITY_HEADER` and `AZURE_AUTHORITY_HOST` from the process itself.
    ///
    /// # Errors
    /// The account or a part of the credential is missing, or the connection string is wrong or another account's.
    pub fn from_environment(
        account: Option<Account>,
        env: &impl Fn(&str) -> Option<String>,
        options: AccessOptions,
    ) -> Result<Self, AccessError> {
        let variable = |name: &str| {
            env(name)
                .map(|value| value.trim().to_owned())
                .filter(|value| !value.is_empty())
        };
        if let Some(text) = variable(CONNECTION_STRING) {
            let read = ConnectionString::parse(&text).map_err(AccessError::ConnectionString)?;
            if let Some(wanted) = account
                && wanted != read.account
            {
                return Err(AccessError::OtherAccount {
                    variable: CONNECTION_STRING,
                    found: read.account.name,
                    wanted: wanted.name,
                });
            }
            return Self::with_secret(read.account, read.secret, options).over_safe_transport();
        }
        let named = variable(ACCOUNT).or_else(|| options.account.clone());
        let account = match (account, &named) {
            (Some(account), _) => account,
            (None, Some(name)) => named_account(name)?,
            (None, None) => return Err(AccessError::NoAccount),
        };
        if let Some(text) = variable(SAS_TOKEN) {
            // A signature opens one account, and is of use to whoever else is shown it.
            if let Some(found) = named.filter(|named| *named != account.name) {
                return Err(AccessError::OtherAccount {
                    variable: SAS_TOKEN,
                    found,
                    wanted: account.name,
                });
            }
            let secret = AccountSecret::signature(&text);
            return Self::with_secret(account, secret, options).over_safe_transport();
        }
        let (identity, credential) = token_credential(&variable, &options)?;
        let access = Self {
            account,
            identity,
            credential,
            options,
        };
        access.over_safe_transport()
    }

    /// Refuses plain http to another machine, whatever the credential.
    fn over_safe_transport(self) -> Result<Self, AccessError> {
        if self.account.endpoint.scheme() == "https" || self.account.is_loopback() {
            return Ok(self);
        }
        Err(AccessError::PlainHttp {
            account: self.account.name,
        })
    }

    fn with_secret(account: Account, secret: AccountSecret, options: AccessOptions) -> Self {
        let identity = match &secret {
            AccountSecret::Key(_) => Identity::AccountKey,
            AccountSecret::Signature(query) => Identity::SharedAccessSignature {
                expires: expiry(query),
            },
        };
        Self {
            account,
            identity,
            credential: Credential::Secret(secret),
            options,
        }
    }

    /// Which credential was chosen.
    #[must_use]
    pub fn identity(&self) -> &Identity {
        &self.identity
    }

    /// The account.
    #[must_use]
    pub fn account(&self) -> &Account {
        &self.account
    }

    pub(crate) fn patience(&self) -> Patience {
        self.options.patience
    }

    /// The URL that the SDK's clients start from is without a secret: the options sign each try.
    pub(crate) fn client(
        &self,
    ) -> Result<(ClientOptions, Option<Arc<dyn TokenCredential>>), AccessError> {
        let https = self.account.endpoint.scheme() == "https" || self.identity.has_roles();
        let patience = self.options.patience;
        let transport = Transport::new(&self.account, patience.silence, https)
            .map_err(AccessError::HttpClient)?;
        let mut options = ClientOptions {
            transport: Some(SdkTransport::new(Arc::new(transport))),
            retry: RetryOptions::exponential(ExponentialRetryOptions {
                initial_delay: patience.first_delay.try_into().unwrap_or_default(),
                max_retries: patience.retries,
                ..ExponentialRetryOptions::default()
            }),
            ..ClientOptions::default()
        };
        if let Credential::Secret(secret) = &self.credential {
            let policy: Arc<dyn Policy> = match secret.clone() {
                AccountSecret::Key(key) => Arc::new(SharedKey::new(&self.account.name, key)),
                AccountSecret::Signature(query) => Arc::new(SharedAccessSignature(query)),
            };
            options.per_try_policies.push(policy);
            return Ok((options, None));
        }
        let token =
            self.token_credential(options.clone())
                .map_err(|source| AccessError::Credential {
                    identity: self.identity.clone(),
                    source,
                })?;
        Ok((options, token))
    }

    fn token_credential(
        &self,
        client_options: ClientOptions,
    ) -> azure_core::Result<Option<Arc<dyn TokenCredential>>> {
        Ok(Some(match self.credential.clone() {
            Credential::Secret(_) => return Ok(None),
            Credential::Workload {
                tenant,
                client_id,
                file,
            } => WorkloadIdentityCredential::new(Some(WorkloadIdentityCredentialOptions {
                credential_options: ClientAssertionCredentialOptions { client_options },
                client_id: Some(client_id),
                tenant_id: Some(tenant),
                token_file_path: Some(file.into()),
            }))?,
            Credential::Managed(client_id) => {
                ManagedIdentityCredential::new(Some(ManagedIdentityCredentialOptions {
                    user_assigned_id: client_id.map(UserAssignedId::ClientId),
                    client_options,
                }))?
            }
            Credential::Principal {
                tenant,
                client_id,
                secret,
            } => ClientSecretCredential::new(
                &tenant,
                client_id,
                secret,
                Some(ClientSecretCredentialOptions { client_options }),
            )?,
            Credential::AzureCli => AzureCliCredential::new(None)?,
        }))
    }
}

/// The account that the environment names, by a connection string or by name.
///
/// # Errors
/// The connection string or the name cannot be used.
pub(crate) fn configured_account(
    env: &impl Fn(&str) -> Option<String>,
) -> Result<Option<Account>, AccessError> {
    let variable = |name: &str| env(name).filter(|value| !value.trim().is_empty());
    if let Some(text) = variable(CONNECTION_STRING) {
        let read = ConnectionString::parse(text.trim()).map_err(AccessError::ConnectionString)?;
        return Ok(Some(read.account));
    }
    variable(ACCOUNT)
        .map(|name| named_account(name.trim()))
        .transpose()
}

fn named_account(name: &str) -> Result<Account, AccessError> {
    Account::named(name).ok_or_else(|| AccessError::AccountName {
        name: name.to_owned(),
    })
}

/// The parameter `se` of a signature, which is no secret.
fn expiry(query: &Secret) -> Option<String> {
    let mut url = Url::parse("https://localhost/").ok()?;
    url.set_query(Some(query.secret()));
    let mut pairs = url.query_pairs();
    let (_, value) = pairs.find(|(name, _)| name == "se")?;
    Some(value.into_owned())
}

fn token_credential(
    variable: &impl Fn(&str) -> Option<String>,
    options: &AccessOptions,
) -> Result<(Identity, Credential), AccessError> {
    let needed = |of: &'static str, name: &'static str| {
        variable(name).ok_or(AccessError::Incomplete {
            variable: of,
            missing: name,
        })
    };
    if let Some(file) = variable(TOKEN_FILE) {
        let tenant = needed(TOKEN_FILE, TENANT_ID)?;
        let client_id = needed(TOKEN_FILE, CLIENT_ID)?;
        let identity = Identity::Workload {
            client_id: client_id.clone(),
        };
        return Ok((
            identity,
            Credential::Workload {
                tenant,
                client_id,
                file,
            },
        ));
    }
    // Without a header Azure's client would take the endpoint for none and probe; Azure Arc has its own variable.
    if variable(IDENTITY_ENDPOINT).is_some() && variable(ARC_ENDPOINT).is_none() {
        needed(IDENTITY_ENDPOINT, IDENTITY_HEADER)?;
    }
    let secret = variable(CLIENT_SECRET);
    let managed = match &options.managed_identity {
        Some(ManagedIdentity::SystemAssigned) => Some(None),
        Some(ManagedIdentity::ClientId(id)) => Some(Some(id.clone())),
        None if variable(IDENTITY_ENDPOINT).is_some() => Some(variable(CLIENT_ID)),
        None if secret.is_none() => variable(CLIENT_ID).map(Some),
        None => None,
    };
    if let Some(client_id) = managed {
        let identity = Identity::Managed {
            client_id: client_id.clone(),
        };
        return Ok((identity, Credential::Managed(client_id)));
    }
    if let Some(secret) = secret {
        let tenant = needed(CLIENT_SECRET, TENANT_ID)?;
        let client_id = needed(CLIENT_SECRET, CLIENT_ID)?;
        let identity = Identity::ServicePrincipal {
            client_id: client_id.clone(),
        };
        return Ok((
            identity,
            Credential::Principal {
                tenant,
                client_id,
                secret: Secret::new(secret),
            },
        ));
    }
    Ok((Identity::AzureCli, Credential::AzureCli))
}

#[cfg(test)]
mod tests;
