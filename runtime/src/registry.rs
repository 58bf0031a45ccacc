//! All flows and deployments that are linked into this program.

mod unfit;

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::Serialize;

use crate::__private::names::DeploymentParts;
use crate::record::{DeploymentRecord, FlowRecord, SourceLocation};
pub use unfit::{UnfitReason, UnfitValue};

/// What one function or one `use` with our attributes hands to `inventory`: all at once, since each submission costs the
/// compiler a static and a function.
#[derive(Debug)]
pub struct Registration {
    /// The flow; `None` for deployments that are declared away from theirs.
    pub flow: Option<&'static FlowRecord>,
    /// The deployments in the order of the attributes.
    pub deployments: &'static [DeploymentParts],
}

inventory::collect!(Registration);

/// The linked flows and deployments, sorted by package, flow and deployment, never by link order.
#[derive(Debug, Default, Serialize)]
pub struct Registry {
    /// Flows, sorted by package and name.
    pub flows: Vec<&'static FlowRecord>,
    /// Deployments, sorted by their flow and name.
    pub deployments: Vec<&'static DeploymentRecord>,
}

/// Two records that claim the same name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Duplicate {
    /// Flows are found by name, so a name stands for one function.
    #[error("two flows are named `{name}`: at {first} and at {second}")]
    Flow {
        /// The name that is taken twice.
        name: String,
        /// The first in order.
        first: SourceLocation,
        /// The other one.
        second: SourceLocation,
    },
    /// The server keeps one deployment per flow and name.
    #[error("two deployments are named `{name}`: at {first} and at {second}")]
    Deployment {
        /// `flow/deployment`.
        name: String,
        /// The first in order.
        first: SourceLocation,
        /// The other one.
        second: SourceLocation,
    },
}

impl Registry {
    /// Collects what is linked into this program.
    #[must_use]
    pub fn collect() -> Self {
        static DEPLOYMENTS: LazyLock<Vec<DeploymentRecord>> = LazyLock::new(|| {
            let registrations = inventory::iter::<Registration>.into_iter();
            let parts = registrations.flat_map(|registration| registration.deployments);
            parts.map(|parts| parts.record()).collect()
        });
        let registrations = inventory::iter::<Registration>.into_iter();
        let mut registry = Self {
            flows: registrations
                .filter_map(|registration| registration.flow)
                .collect(),
            deployments: DEPLOYMENTS.iter().collect(),
        };
        registry
            .flows
            .sort_by_key(|flow| (flow.package, flow.name.as_str(), flow.source));
        registry.deployments.sort_by_key(|deployment| {
            let flow = deployment.flow;
            (
                flow.package,
                flow.name.as_str(),
                deployment.name.as_str(),
                deployment.source,
            )
        });
        registry
    }

    /// The part of the registry that one package's program holds; deployments that other packages declare of its
    /// flows are not known to it.
    #[must_use]
    pub fn of_package(&self, package: &str) -> Self {
        Self {
            flows: self
                .flows
                .iter()
                .copied()
                .filter(|flow| flow.package == package)
                .collect(),
            deployments: self
                .deployments
                .iter()
                .copied()
                .filter(|deployment| {
                    deployment.flow.package == package && deployment.package == package
                })
                .collect(),
        }
    }

    /// Every name that is claimed twice, each with both source locations.
    #[must_use]
    pub fn duplicates(&self) -> Vec<Duplicate> {
        let mut found = Vec::new();
        let mut flows = BTreeMap::new();
        for flow in &self.flows {
            if let Some(first) = flows.insert(flow.name.as_str(), flow.source) {
                found.push(Duplicate::Flow {
                    name: flow.name.to_string(),
                    first,
                    second: flow.source,
                });
            }
        }
        let mut deployments = BTreeMap::new();
        for deployment in &self.deployments {
            let name = format!("{}/{}", deployment.flow.name, deployment.name);
            if let Some(first) = deployments.insert(name.clone(), deployment.source) {
                found.push(Duplicate::Deployment {
                    name,
                    first,
                    second: deployment.source,
                });
            }
        }
        found
    }
}
