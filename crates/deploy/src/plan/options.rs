//! What a command allows a plan to do.

use std::collections::BTreeSet;

use crate::desired::DeploymentKey;

/// What a command allows a plan to do.
#[derive(Debug, Clone, Default)]
pub(crate) struct PlanOptions {
    pub(crate) missing_pools: MissingPools,
    /// Whether existing pools get the job template that longshore.toml says.
    pub(crate) update_pools: bool,
    /// Whether a queue is made though one of nearly the same name is there.
    pub(crate) create_queues: bool,
    /// Whether a deployment of the same name that has no owner becomes ours.
    pub(crate) adopt: bool,
    /// Whether a deployment may get back the version that it was rolled back from.
    pub(crate) undo_rollback: bool,
    pub(crate) orphans: Orphans,
    /// Everything that the workspace declares, chosen by this command or not.
    pub(crate) declared: BTreeSet<DeploymentKey>,
}

/// What happens about a work pool that is not on the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum MissingPools {
    /// It is an error.
    #[default]
    Refuse,
    /// It is made, if we have a job template for its type.
    Create,
    /// It is made, of any type: no worker reads templates of the embedded server.
    CreateAny,
}

/// What happens about deployments of this owner that are no longer declared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Orphans {
    /// Nothing; the command is about a part of the workspace.
    Ignore,
    /// They are told.
    #[default]
    Report,
    /// They are deleted, if they are at most this many percent of the owner's deployments.
    Delete { limit: u8 },
}
