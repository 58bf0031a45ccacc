//! Secrets of a run: resolved before its flow starts, read by name, masked from then on.

use std::collections::HashMap;
use std::sync::{PoisonError, RwLock};

use longshore_prefect::Secret;
use serde_json::Value;

use crate::mask;

/// Beginning of the variable that holds a secret where no deployment declares it.
const VARIABLE: &str = "LONGSHORE_SECRET_";

static RESOLVED: RwLock<Option<HashMap<&'static str, Secret>>> = RwLock::new(None);

/// Why there is no secret of a name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SecretError {
    /// Neither the run's deployment nor the environment has it.
    #[error(
        "there is no secret `{name}`: declare it with `secrets({name} = \"block:...\")` on the deployment, or set \
         {variable} where the flow runs"
    )]
    Missing {
        /// The name that was asked for.
        name: String,
        /// The environment variable that would hold it.
        variable: String,
    },
}

/// The secret that the run's deployment declares under this name; without one, as in a local run, the value of the
/// environment variable `LONGSHORE_SECRET_<NAME>`.
///
/// Its value is masked in logs, states and artifacts if it has at least four bytes: as it is, line by line, in Base64,
/// in hexadecimal, percent-encoded, and with the escapes of JSON and `Debug`. If it is JSON, so are the strings in it,
/// and its numbers of six characters or more.
///
/// # Errors
/// Neither the deployment nor the environment has it.
///
/// ```no_run
/// #[longshore::flow]
/// #[longshore::deployment(name = "eu", secrets(API_TOKEN = "block:api-token"))]
/// async fn report() -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
///     let token = longshore::secret("API_TOKEN")?;
///     let header = format!("Bearer {}", token.expose());
///     # let _ = header;
///     Ok(())
/// }
/// # fn main() {}
/// ```
pub fn secret(name: &str) -> Result<Secret, SecretError> {
    if let Some(secret) = crate::context::memory().and_then(|memory| memory.secret(name)) {
        return Ok(secret);
    }
    let resolved = RESOLVED.read().unwrap_or_else(PoisonError::into_inner);
    let known = resolved.as_ref().and_then(|secrets| secrets.get(name));
    if let Some(secret) = known {
        return Ok(secret.clone());
    }
    let variable = format!("{VARIABLE}{name}");
    match std::env::var(&variable) {
        Ok(value) => {
            mask::add(&value);
            Ok(Secret::new(value))
        }
        Err(_) => Err(SecretError::Missing {
            name: name.to_owned(),
            variable,
        }),
    }
}

/// Makes a value known under a name.
pub(crate) fn resolve(name: &'static str, value: &Value) {
    let text = match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    mask::add_value(value);
    let mut resolved = RESOLVED.write().unwrap_or_else(PoisonError::into_inner);
    let secrets = resolved.get_or_insert_default();
    secrets.insert(name, Secret::new(text));
}
