//! The secrets that a run's deployment declares, read before its flow starts.

use longshore_spec::{DECLARED_DEPLOYMENT, SecretSource};

use super::EngineError;
use super::api::Api;
use crate::record::{DeploymentRecord, FlowRecord};
use crate::registry::Registry;
use crate::secret::resolve;

/// Reads all of them; gives what is wrong with those that cannot be had, `None` if nothing is.
pub(super) async fn resolve_all(
    api: &Api,
    registry: &Registry,
    flow: &FlowRecord,
    deployment: Option<&str>,
) -> Result<Option<String>, EngineError> {
    let declared = deployment.and_then(|name| record(registry, flow, name));
    let mut missing = Vec::new();
    for secret in declared.map(|record| record.secrets).unwrap_or_default() {
        let name = secret.name.as_str();
        match secret.reference.source() {
            SecretSource::Block { name: block } => match api.secret_block(block).await? {
                Some(value) => resolve(name, &value),
                None => missing.push(format!(
                    "the secret `{name}` has no value: the server has no block `{block}` of type Secret"
                )),
            },
            _ => missing.push(format!(
                "the secret `{name}` cannot be read: Longshore reads blocks so far, and Key Vault comes later; write \
                 `block:...` instead of `{}`",
                secret.reference
            )),
        }
    }
    Ok((!missing.is_empty()).then(|| missing.join("\n")))
}

/// The record of a deployment, by the name that it has on the server unless its environment names the declared one.
fn record(registry: &Registry, flow: &FlowRecord, name: &str) -> Option<&'static DeploymentRecord> {
    let declared = std::env::var(DECLARED_DEPLOYMENT).ok();
    let name = declared.as_deref().unwrap_or(name);
    let mut all = registry.deployments.iter().copied();
    all.find(|record| record.flow.name == flow.name && record.name.as_str() == name)
}
