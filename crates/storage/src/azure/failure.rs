//! What Azure's refusals mean.

use azure_core::error::ErrorKind;
use azure_core::http::StatusCode;
use azure_core::time::OffsetDateTime;

use super::access::Identity;

/// Something that could not be done in a container.
#[derive(Debug, thiserror::Error)]
#[error(
    "cannot {attempted} in the container `{container}` of the storage account `{account}` as {identity}"
)]
pub struct AzureError {
    /// What was attempted, as in "list `projects/x`".
    pub attempted: String,
    /// Whether that reads or writes.
    pub attempt: Attempt,
    /// The account's name.
    pub account: String,
    /// The container's name.
    pub container: String,
    /// The credential that was used.
    pub identity: Identity,
    /// Why not.
    pub source: AzureFailure,
}

impl AzureError {
    /// What to do about it; nothing if the cause says it.
    #[must_use]
    pub fn help(&self) -> Option<String> {
        let Self {
            account,
            container,
            identity,
            ..
        } = self;
        self.source.help(self.attempt, account, container, identity)
    }
}

/// Why Azure did not do what it was asked; the texts are ours, the service's own is in the last variants.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AzureFailure {
    /// 404 `ContainerNotFound`.
    #[error("there is no such container")]
    NoContainer,
    /// 409 `ContainerBeingDeleted`.
    #[error("the container is being deleted, which takes at least 30 s")]
    ContainerBeingDeleted,
    /// 403 `AuthenticationFailed`: the signature does not match.
    #[error("the account does not know this key or signature")]
    WrongSecret,
    /// 403 `AuthenticationFailed`: outside of the signature's time frame.
    #[error("the shared access signature has expired or is not valid yet")]
    Expired,
    /// 403 `AuthenticationFailed`: the date of the request is off by more than 15 minutes.
    #[error("the clock of this machine differs from Azure's by more than 15 minutes")]
    ClockSkew,
    /// 403 `AuthorizationPermissionMismatch` for an identity with roles.
    #[error("the identity has no role that allows it")]
    MissingRole,
    /// 403 for a shared access signature that does not grant the right.
    #[error("the shared access signature does not grant it")]
    MissingPermission,
    /// 403 `KeyBasedAuthenticationNotPermitted`.
    #[error("the account does not take keys")]
    KeysDisabled,
    /// 403 `AuthorizationFailure`, mostly a firewall.
    #[error("the account refuses this network or this identity")]
    Forbidden,
    /// 401 `InvalidAuthenticationInfo` and its like.
    #[error("the account does not take the token")]
    WrongTenant(#[source] azure_core::Error),
    /// No token could be had.
    #[error("no token could be had for it")]
    NoToken(#[source] azure_core::Error),
    /// Nothing answers, or the answer broke off.
    #[error("the service does not answer")]
    Unreachable(#[source] azure_core::Error),
    /// An answer that is too large, or is not of the service.
    #[error("the service answers something unexpected")]
    Unexpected(#[source] azure_core::Error),
    /// Any other refusal.
    #[error("the service answers {status}{}", code.as_ref().map(|code| format!(" ({code})")).unwrap_or_default())]
    Refused {
        /// Code of the answer.
        status: u16,
        /// Azure's own word for it.
        code: Option<String>,
        /// The SDK's view of it.
        source: azure_core::Error,
    },
}

/// Shows the account's connection string; the name comes after it.
const SHOW: &str = "`az storage account show-connection-string --name";

/// What was attempted decides which role is missing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Attempt {
    /// Reading or listing.
    Read,
    /// Writing or deleting, or making the container.
    Write,
}

impl AzureFailure {
    pub(crate) fn of(error: azure_core::Error, identity: &Identity) -> Self {
        let ErrorKind::HttpResponse {
            status, error_code, ..
        } = error.kind()
        else {
            return match error.kind() {
                ErrorKind::Credential => Self::NoToken(error),
                ErrorKind::DataConversion => Self::Unexpected(error),
                _ => Self::Unreachable(error),
            };
        };
        let (status, code) = (*status, error_code.clone());
        let detail = authentication_detail(&error);
        match (status, code.as_deref()) {
            (StatusCode::NotFound, Some("ContainerNotFound")) => Self::NoContainer,
            (_, Some("ContainerBeingDeleted")) => Self::ContainerBeingDeleted,
            (_, Some("AuthenticationFailed")) => Self::authentication(error, &detail, identity),
            (_, Some("AuthorizationPermissionMismatch")) if identity.has_roles() => {
                Self::MissingRole
            }
            (
                _,
                Some(
                    "AuthorizationPermissionMismatch"
                    | "AuthorizationResourceTypeMismatch"
                    | "AuthorizationServiceMismatch",
                ),
            ) => Self::MissingPermission,
            (_, Some("KeyBasedAuthenticationNotPermitted")) => Self::KeysDisabled,
            (_, Some("AuthorizationFailure"))
                if identity.has_expired(OffsetDateTime::now_utc()) =>
            {
                Self::Expired
            }
            (_, Some("AuthorizationFailure")) => Self::Forbidden,
            (StatusCode::Unauthorized, _) => Self::WrongTenant(error),
            _ => Self::Refused {
                status: u16::from(status),
                code,
                source: error,
            },
        }
    }

    fn authentication(error: azure_core::Error, detail: &str, identity: &Identity) -> Self {
        // "Signature not valid in the specified time frame: Start [...] - Expiry [...] - Current [...]"
        if detail.contains("time frame") || identity.has_expired(OffsetDateTime::now_utc()) {
            Self::Expired
        // "Request date header too old: '...'", "The Date header in the request is incorrect."
        } else if detail.to_lowercase().contains("date header") {
            Self::ClockSkew
        } else if identity.has_roles() {
            Self::WrongTenant(error)
        } else {
            Self::WrongSecret
        }
    }

    fn help(
        &self,
        attempt: Attempt,
        account: &str,
        container: &str,
        identity: &Identity,
    ) -> Option<String> {
        let role = match attempt {
            Attempt::Read => "Storage Blob Data Reader",
            Attempt::Write => "Storage Blob Data Contributor",
        };
        let assign = format!(
            "assign the role \"{role}\": `az role assignment create --role \"{role}\" --assignee {} --scope $(az storage account show --name {account} --query id --output tsv)`; it takes effect after some minutes",
            identity.assignee()
        );
        Some(match self {
            Self::NoContainer => format!(
                "create it with `--create-storage`, or with `az storage container create --account-name {account} --name {container}`"
            ),
            Self::ContainerBeingDeleted => "try again in a minute".to_owned(),
            Self::WrongSecret => format!(
                "it may belong to another account or have been renewed; copy it again: {SHOW} {account}`"
            ),
            Self::Expired => "make a new one, or use an identity, which does not expire".to_owned(),
            Self::ClockSkew => "set the clock, for instance with `timedatectl set-ntp true`".to_owned(),
            Self::MissingRole => assign,
            Self::MissingPermission => match attempt {
                Attempt::Read => "make one with the permissions read and list (`rl`)".to_owned(),
                Attempt::Write => {
                    "make one with the permissions read, list, create, write and delete (`rlcwd`) on the container".to_owned()
                }
            },
            Self::KeysDisabled => "use an identity in place of the connection string or signature".to_owned(),
            Self::Forbidden => {
                let network = format!(
                    "allow this network in the account's firewall (`az storage account network-rule add --account-name {account}`)"
                );
                if identity.has_roles() {
                    format!("{network}, or {assign}")
                } else {
                    format!("{network}, or copy the secret again: {SHOW} {account}`")
                }
            }
            Self::WrongTenant(_) => format!(
                "the identity may be of another tenant than the account `{account}`; check `AZURE_TENANT_ID`"
            ),
            Self::NoToken(_) if *identity == Identity::AzureCli => {
                "log in with `az login`, or set one of the credentials that docs/azure.md lists".to_owned()
            }
            Self::NoToken(_) => "check the identity's client id, tenant and federation".to_owned(),
            Self::Unreachable(_) => format!(
                "check the name of the account `{account}` and that its blob service is reachable from here"
            ),
            Self::Unexpected(_) => format!(
                "check the endpoint of the account `{account}` and any proxy on the way to it"
            ),
            Self::Refused { status: 500.., .. } => "the service has a fault that should pass; try again".to_owned(),
            Self::Refused { .. } => return None,
        })
    }
}

/// The `AuthenticationErrorDetail` of a refusal; it holds the string to sign, never a key.
fn authentication_detail(error: &azure_core::Error) -> String {
    let ErrorKind::HttpResponse {
        raw_response: Some(response),
        ..
    } = error.kind()
    else {
        return String::new();
    };
    let text = String::from_utf8_lossy(response.body());
    let element = |name: &str| {
        let (_, rest) = text.split_once(&format!("<{name}>"))?;
        rest.split_once('<').map(|(value, _)| value.to_owned())
    };
    let detail = element("AuthenticationErrorDetail").unwrap_or_default();
    format!("{detail} {}", element("Message").unwrap_or_default())
}

#[cfg(test)]
mod tests;
