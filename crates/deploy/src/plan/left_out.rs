//! Deployments that a plan leaves out, because it would undo a rollback.

use std::collections::BTreeSet;

use longshore_prefect::Deployment;
use serde_json::{Value, json};

use super::removals;
use crate::desired::{Declaration, DeploymentKey, Desired};
use crate::observe::Observed;
use crate::versions::rollback::{deployed, rolled_back_from};

/// A deployment that was rolled back from the version that would be deployed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct LeftOut {
    pub(crate) deployment: Declaration,
    /// The version that it was rolled back from, and that is built.
    pub(crate) from: String,
    /// The version that it has.
    pub(crate) to: String,
}

impl LeftOut {
    /// What was found, as one line.
    pub(crate) fn message(&self) -> String {
        let Self {
            deployment,
            from,
            to,
        } = self;
        format!(
            "deployment {deployment} is left out: it was rolled back from version {from} to {to}, and {from} is what \
             would be deployed"
        )
    }

    /// What to do about it.
    pub(crate) fn help(&self) -> String {
        "deploy a fixed version, or give `--undo-rollback`; `--exclude` leaves it out without a warning".to_owned()
    }

    /// The same for machines.
    pub(crate) fn json(&self) -> Value {
        json!({
            "flow": self.deployment.key.flow,
            "deployment": self.deployment.key.deployment,
            "rolled_back_from": self.from,
            "version": self.to,
            "message": self.message(),
            "help": self.help(),
        })
    }
}

/// Takes out of the declared deployments those whose rollback a plan would undo.
///
/// Their names are kept on the server, including those that they are renamed from.
pub(super) fn take_rolled_back(
    desired: &mut Vec<Desired>,
    observed: &Observed,
    owner_tag: &str,
    declared: &mut BTreeSet<DeploymentKey>,
) -> Vec<LeftOut> {
    let mut left_out = Vec::new();
    let mut former_names = Vec::new();
    desired.retain(|desired| {
        let stored = stored(desired, observed, owner_tag, declared);
        let Some(found) = stored.and_then(|stored| undoes(desired, stored)) else {
            return true;
        };
        left_out.push(found);
        former_names.extend(desired.former.clone());
        false
    });
    declared.extend(former_names);
    left_out
}

/// The deployment as the server has it, under its name or under the one that it is renamed from.
fn stored<'a>(
    desired: &Desired,
    observed: &'a Observed,
    owner_tag: &str,
    declared: &BTreeSet<DeploymentKey>,
) -> Option<&'a Deployment> {
    let former = || removals::former(desired, observed, owner_tag, declared);
    let stored = observed.deployments.get(&desired.key);
    stored.or_else(|| former().map(|(_, stored)| stored))
}

fn undoes(desired: &Desired, stored: &Deployment) -> Option<LeftOut> {
    let from = rolled_back_from(stored)?;
    let to = undone_rollback(desired, stored)?;
    let built = desired.artifact.as_ref()?.digest.short();
    (built == from).then(|| LeftOut {
        deployment: desired.declaration(),
        from: built,
        to,
    })
}

/// The version that a deployment was rolled back to, if this plan replaces it.
pub(super) fn undone_rollback(desired: &Desired, stored: &Deployment) -> Option<String> {
    let current = deployed(stored)?;
    rolled_back_from(stored)?;
    let artifact = desired.artifact.as_ref()?;
    (artifact.digest != current).then(|| current.short())
}
