//! References to secrets; the values are read when a run starts and never travel with a deployment.

use crate::Explain;
use crate::text::{quoted, text_type};

/// Why a secret reference is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SecretReferenceError {
    /// The text starts with neither `keyvault:` nor `block:`.
    #[error("secret: {} names no source", quoted(reference))]
    Source {
        /// The whole reference.
        reference: String,
    },
    /// The part after `keyvault:` is not two names with one slash between.
    #[error("secret: {} is not `vault/name`", quoted(rest))]
    VaultShape {
        /// What follows `keyvault:`.
        rest: String,
    },
    /// The vault's name breaks Azure's rule.
    #[error("secret: {} is not the name of a key vault", quoted(vault))]
    Vault {
        /// The vault's name as written.
        vault: String,
    },
    /// The secret's name breaks Azure's rule.
    #[error("secret: {} is not the name of a secret in a key vault", quoted(name))]
    VaultSecret {
        /// The secret's name as written.
        name: String,
    },
    /// The block document's name breaks Prefect's rule.
    #[error("secret: {} is not the name of a block", quoted(name))]
    Block {
        /// The block document's name as written.
        name: String,
    },
}

impl Explain for SecretReferenceError {
    fn help(&self) -> Option<String> {
        Some(match self {
            Self::Source { .. } => "write `keyvault:vault/name` or `block:name`".to_owned(),
            Self::VaultShape { .. } => "write `keyvault:vault/name`".to_owned(),
            Self::Vault { .. } => {
                "write 3 to 24 letters, digits and single hyphens, the first a letter, the last no hyphen".to_owned()
            }
            Self::VaultSecret { name } if !name.is_empty() && name.len() <= 127 => {
                let plain: String =
                    name.chars().map(|letter| if letter.is_ascii_alphanumeric() { letter } else { '-' }).collect();
                format!("write `{plain}`: letters, digits and hyphens")
            }
            Self::VaultSecret { .. } => "write 1 to 127 letters, digits and hyphens".to_owned(),
            Self::Block { .. } => "write lower-case letters, digits and hyphens, as the block is named in Prefect".to_owned(),
        })
    }
}

/// Where a [`SecretReference`] points.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SecretSource<'a> {
    /// A secret of an Azure key vault.
    KeyVault {
        /// The vault's name.
        vault: &'a str,
        /// The secret's name.
        name: &'a str,
    },
    /// A secret block of Prefect.
    Block {
        /// The block document's name.
        name: &'a str,
    },
}

fn parse(reference: &str) -> Result<SecretSource<'_>, SecretReferenceError> {
    if let Some(rest) = reference.strip_prefix("keyvault:") {
        let (vault, name) = rest
            .split_once('/')
            .filter(|(_, name)| !name.contains('/'))
            .ok_or_else(|| SecretReferenceError::VaultShape {
                rest: rest.to_owned(),
            })?;
        if !is_vault(vault) {
            return Err(SecretReferenceError::Vault {
                vault: vault.to_owned(),
            });
        }
        let named = (1..=127).contains(&name.len());
        if !named
            || !name
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
        {
            return Err(SecretReferenceError::VaultSecret {
                name: name.to_owned(),
            });
        }
        return Ok(SecretSource::KeyVault { vault, name });
    }
    let name = reference
        .strip_prefix("block:")
        .ok_or_else(|| SecretReferenceError::Source {
            reference: reference.to_owned(),
        })?;
    if name.is_empty()
        || !name
            .bytes()
            .all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-'))
    {
        return Err(SecretReferenceError::Block {
            name: name.to_owned(),
        });
    }
    Ok(SecretSource::Block { name })
}

fn is_vault(name: &str) -> bool {
    (3..=24).contains(&name.len())
        && name.starts_with(|first: char| first.is_ascii_alphabetic())
        && !name.ends_with('-')
        && !name.contains("--")
        && name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}

text_type!(
    /// A reference to a secret: `keyvault:vault/name` or `block:name`.
    SecretReference, SecretReferenceError, |reference| parse(reference).map(|_| ()));
impl SecretReference {
    /// The key vault or the block that this reference names.
    #[must_use]
    pub fn source(&self) -> SecretSource<'_> {
        // `FromStr` accepts nothing that `parse` refuses; text from a macro was parsed when it was compiled.
        parse(&self.0).unwrap_or(SecretSource::Block {
            name: self.as_str(),
        })
    }
}
