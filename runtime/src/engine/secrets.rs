//! The secrets that a run's deployment declares, read before its flow starts.

use longshore_spec::SecretSource;

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

/// The record of a deployment, whose name on the server may end in the suffix of its environment.
fn record(registry: &Registry, flow: &FlowRecord, name: &str) -> Option<&'static DeploymentRecord> {
    let of_flow =
        registry.deployments.iter().copied().filter(|record| {
            record.flow.name == flow.name && name.starts_with(record.name.as_str())
        });
    of_flow.max_by_key(|record| record.name.as_str().len())
}
