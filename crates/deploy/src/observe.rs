//! What the server has, read with a few filter calls.

use std::collections::{BTreeMap, BTreeSet};

use longshore_prefect::{Capabilities, Client, Deployment, DeploymentFilter, Error, WorkPool};
use serde_json::Value;
use uuid::Uuid;

use crate::desired::{DeploymentKey, Desired};

/// The part of the server's state that a plan is made from.
#[derive(Debug, Default)]
pub(crate) struct Observed {
    /// What the server can do.
    pub(crate) capabilities: Capabilities,
    /// All work pools by name.
    pub(crate) pools: BTreeMap<String, WorkPool>,
    /// Job templates that Prefect ships, by type of pool; only of types that a plan may need.
    pub(crate) worker_templates: BTreeMap<String, Value>,
    /// Names of the queues of those pools that declared deployments name.
    pub(crate) queues: BTreeMap<String, BTreeSet<String>>,
    /// Deployments of the declared flows, and those with the owner's tag.
    pub(crate) deployments: BTreeMap<DeploymentKey, Deployment>,
}

/// Reads what concerns the declared deployments and this owner.
///
/// # Errors
/// The server cannot be reached or refuses.
pub(crate) async fn observe(
    client: &Client,
    desired: &[Desired],
    owner_tag: &str,
) -> Result<Observed, Error> {
    let pools = client.work_pools().await?;
    let mut queues = BTreeMap::new();
    for pool in &pools {
        let is_named =
            |desired: &Desired| desired.fields.work_pool_name.as_ref() == Some(&pool.name);
        if desired.iter().any(is_named) {
            let stored = client.work_queues(&pool.name).await?;
            let names: BTreeSet<String> = stored.into_iter().map(|queue| queue.name).collect();
            queues.insert(pool.name.clone(), names);
        }
    }
    let declared: BTreeSet<&str> = desired
        .iter()
        .map(|desired| desired.key.flow.as_str())
        .collect();
    let mut flows = FlowNames::default();
    let mut deployments = BTreeMap::new();
    if !declared.is_empty() {
        let names: Vec<&str> = declared.into_iter().collect();
        for flow in client.flows_by_name(&names).await? {
            flows.0.insert(flow.id, flow.name);
        }
        if !flows.0.is_empty() {
            let known = flows.0.values().cloned().collect();
            let of_flows = DeploymentFilter {
                flow_names: Some(known),
                ..DeploymentFilter::default()
            };
            flows
                .add(
                    client,
                    client.deployments(&of_flows).await?,
                    &mut deployments,
                )
                .await?;
        }
    }
    let owned = DeploymentFilter {
        tags_all: vec![owner_tag.to_owned()],
        ..DeploymentFilter::default()
    };
    flows
        .add(client, client.deployments(&owned).await?, &mut deployments)
        .await?;
    Ok(Observed {
        worker_templates: BTreeMap::new(),
        capabilities: client.capabilities().await?.clone(),
        pools: pools
            .into_iter()
            .map(|pool| (pool.name.clone(), pool))
            .collect(),
        queues,
        deployments,
    })
}

/// Reads the job templates that Prefect ships for these types of pools.
///
/// # Errors
/// The server cannot be reached or refuses.
pub(crate) async fn worker_templates(
    client: &Client,
    types: BTreeSet<&str>,
) -> Result<BTreeMap<String, Value>, Error> {
    let mut templates = BTreeMap::new();
    for kind in types {
        if let Some(template) = client.worker_template(kind).await? {
            templates.insert(kind.to_owned(), template);
        }
    }
    Ok(templates)
}

/// Names of flows by id; deployments only carry the id.
#[derive(Default)]
struct FlowNames(BTreeMap<Uuid, String>);

impl FlowNames {
    async fn add(
        &mut self,
        client: &Client,
        found: Vec<Deployment>,
        deployments: &mut BTreeMap<DeploymentKey, Deployment>,
    ) -> Result<(), Error> {
        let ids: BTreeSet<Uuid> = found.iter().map(|deployment| deployment.flow_id).collect();
        let unknown: Vec<Uuid> = ids
            .into_iter()
            .filter(|id| !self.0.contains_key(id))
            .collect();
        for flow in client.flows_by_id(&unknown).await? {
            self.0.insert(flow.id, flow.name);
        }
        for deployment in found {
            // A flow that was deleted meanwhile has taken its deployments with it.
            let Some(flow) = self.0.get(&deployment.flow_id) else {
                continue;
            };
            let key = DeploymentKey {
                flow: flow.clone(),
                deployment: deployment.name.clone(),
            };
            deployments.insert(key, deployment);
        }
        Ok(())
    }
}
