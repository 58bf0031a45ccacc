//! Deployments that a plan deletes: renamed ones, and those that are no longer declared.

use std::collections::BTreeSet;

use longshore_prefect::{Capabilities, Deployment};
use uuid::Uuid;

use super::error::PlanError;
use super::matching::{Matching, UnknownPause};
use super::options::Orphans;
use crate::desired::{DeploymentKey, Desired};
use crate::observe::Observed;

/// Beginning of the tags that name an owner.
const OWNER_PREFIX: &str = "longshore:";

/// A deployment that is paused, emptied of its scheduled runs and deleted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Removal {
    pub(crate) key: DeploymentKey,
    pub(crate) id: Uuid,
}

/// What becomes of the owner's deployments that are no longer declared.
#[derive(Debug, Default)]
pub(super) struct Undeclared {
    pub(super) removals: Vec<Removal>,
    /// Reported, not touched.
    pub(super) orphans: Vec<DeploymentKey>,
}

/// The owner that the tags name, if any.
pub(super) fn owner(tags: &[String]) -> Option<&String> {
    tags.iter().find(|tag| tag.starts_with(OWNER_PREFIX))
}

/// Whether the tags name this owner and no other.
fn is_owned_by(owner_tag: &str, tags: &[String]) -> bool {
    let mut owners = tags.iter().filter(|tag| tag.starts_with(OWNER_PREFIX));
    tags.iter().any(|tag| tag == owner_tag) && owners.all(|tag| tag == owner_tag)
}

/// All deployments of the owner.
pub(crate) fn all_of(observed: &Observed, owner_tag: &str) -> Vec<Removal> {
    let owned = observed
        .deployments
        .iter()
        .filter(|(_, stored)| is_owned_by(owner_tag, &stored.tags));
    owned
        .map(|(key, stored)| Removal {
            key: key.clone(),
            id: stored.id,
        })
        .collect()
}

/// The deployment that this one is renamed from, as the server has it.
///
/// A name that is declared anew belongs to the new one, and what is not ours is not taken over.
pub(super) fn former<'a>(
    desired: &Desired,
    observed: &'a Observed,
    owner_tag: &str,
    declared: &BTreeSet<DeploymentKey>,
) -> Option<(Removal, &'a Deployment)> {
    let key = desired.former.as_ref()?;
    let stored = observed.deployments.get(key)?;
    if declared.contains(key) || !is_owned_by(owner_tag, &stored.tags) {
        return None;
    }
    let removal = Removal {
        key: key.clone(),
        id: stored.id,
    };
    Some((removal, stored))
}

/// What an operator has paused stays paused under the new name, unless the attribute says `active`.
///
/// # Errors
/// The server keeps no slugs, and a pause could belong to several of the declared schedules.
pub(super) fn carry_pauses(
    desired: &mut Desired,
    former: &Deployment,
    capabilities: &Capabilities,
) -> Result<(), UnknownPause> {
    if former.paused && desired.fields.paused.is_none() {
        desired.fields.paused = Some(true);
    }
    let matching = Matching::new(&former.schedules, &desired.schedules, capabilities)?;
    let paused: Vec<bool> = matching
        .declared
        .iter()
        .map(|(_, stored)| stored.is_some_and(|stored| !stored.active))
        .collect();
    for (schedule, paused) in desired.schedules.iter_mut().zip(paused) {
        if paused && schedule.active.is_none() {
            schedule.active = Some(false);
        }
    }
    Ok(())
}

/// Two deployments cannot both take over a third.
pub(super) fn taken_over_twice(desired: &[Desired]) -> Vec<PlanError> {
    let mut problems = Vec::new();
    for (index, first) in desired.iter().enumerate() {
        let Some(former) = &first.former else {
            continue;
        };
        let others = desired[index + 1..].iter();
        let second = others
            .into_iter()
            .find(|other| other.former.as_ref() == Some(former));
        problems.extend(second.map(|second| PlanError::RenamedTwice {
            former: former.clone(),
            first: first.declaration(),
            second: second.declaration(),
        }));
    }
    problems
}

/// The owner's deployments that are neither declared nor taken over.
pub(super) fn undeclared(
    observed: &Observed,
    owner_tag: &str,
    kept: &BTreeSet<DeploymentKey>,
    orphans: Orphans,
    problems: &mut Vec<PlanError>,
) -> Undeclared {
    let mut removals = all_of(observed, owner_tag);
    let owned = removals.len();
    removals.retain(|removal| !kept.contains(&removal.key));
    let keys = |removals: Vec<Removal>| removals.into_iter().map(|removal| removal.key).collect();
    match orphans {
        Orphans::Ignore => Undeclared::default(),
        Orphans::Report => Undeclared {
            orphans: keys(removals),
            removals: Vec::new(),
        },
        Orphans::Delete { limit } => {
            if removals.len() * 100 > usize::from(limit) * owned {
                problems.push(PlanError::TooManyRemovals {
                    removals: keys(removals.clone()),
                    owned,
                    limit,
                });
            }
            Undeclared {
                removals,
                orphans: Vec::new(),
            }
        }
    }
}
