//! What has to be done so that the server has what is declared: a value, made without any call.

mod draft4;
pub(crate) mod error;
mod images;
mod job_variables;
pub(crate) mod left_out;
mod machines;
pub(crate) mod matching;
pub(crate) mod options;
pub(crate) mod pools;
mod prefect2;
pub(crate) mod queues;
pub(crate) mod removals;
pub(crate) mod schedules;
pub(crate) mod variable_values;

use std::collections::BTreeSet;

use longshore_prefect::{
    Capabilities, Deployment, DeploymentUpdate, DeploymentWrite, WorkPoolWrite,
};
use serde_json::Value;
use uuid::Uuid;

use crate::config::Config;
use crate::desired::{DeploymentKey, Desired};
use crate::error::Failure;
use crate::fields::{Field, FieldChange, Fields};
use crate::observe::Observed;
use crate::storage::NewContainer;
use error::PlanError;
use job_variables::Schemas;
use left_out::{LeftOut, take_rolled_back, undone_rollback};
use matching::Matching;
use options::PlanOptions;
use pools::note::{PoolNote, pool_notes};
use pools::update::{PoolUpdate, pool_updates};
use prefect2::UnsupportedError;
use queues::NewQueue;
use removals::{Removal, Undeclared};
use schedules::ScheduleChange;

/// Everything that an apply would do.
#[derive(Debug, Clone, Default)]
pub(crate) struct Plan {
    pub(crate) pools: Vec<WorkPoolWrite>,
    /// Existing pools that get another job template.
    pub(crate) pool_updates: Vec<PoolUpdate>,
    /// What is to be known about existing pools; nothing is done about it.
    pub(crate) pool_notes: Vec<PoolNote>,
    /// The server makes them with the first deployment that names them.
    pub(crate) queues: Vec<NewQueue>,
    pub(crate) containers: Vec<NewContainer>,
    pub(crate) artifacts: Vec<ArtifactPlan>,
    pub(crate) deployments: Vec<DeploymentPlan>,
    /// Declared deployments that are not touched, because that would undo a rollback.
    pub(crate) left_out: Vec<LeftOut>,
    /// Deployments of this owner that are no longer declared and shall be deleted.
    pub(crate) removals: Vec<Removal>,
    /// Deployments of this owner that are no longer declared; they are reported, not touched.
    pub(crate) orphans: Vec<DeploymentKey>,
}

/// What has to be stored.
#[derive(Debug, Clone, Default)]
pub(crate) struct ArtifactPlans {
    /// Containers that are missing and may be made.
    pub(crate) containers: Vec<NewContainer>,
    pub(crate) artifacts: Vec<ArtifactPlan>,
}

/// A package's artifact and whether it has to be stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ArtifactPlan {
    pub(crate) package: &'static str,
    pub(crate) location: String,
    /// Required C library; `None` if it is not a Linux program.
    pub(crate) libc: Option<String>,
    pub(crate) store: bool,
}

/// A deployment and what has to be done with it.
#[derive(Debug, Clone)]
pub(crate) struct DeploymentPlan {
    pub(crate) desired: Desired,
    pub(crate) action: Action,
    /// The deployment that it is renamed from, deleted once this one is on the server.
    pub(crate) former: Option<Removal>,
    /// Job variables that are left out, since the pool's template does not pass them on.
    pub(crate) not_sent: Vec<&'static str>,
    /// The version that it was rolled back to, if it was and this is another one.
    pub(crate) undoes_rollback: Option<String>,
    /// Whether the scheduler makes no runs for it once the plan is carried out.
    pub(crate) paused: bool,
    /// Slugs of its schedules that make no runs then.
    pub(crate) inactive: Vec<String>,
}

/// What has to be done with a deployment.
#[derive(Debug, Clone)]
pub(crate) enum Action {
    Create,
    Update(Box<Update>),
    Unchanged,
}

/// How a stored deployment has to change.
#[derive(Debug, Clone)]
pub(crate) struct Update {
    pub(crate) id: Uuid,
    pub(crate) changes: Vec<FieldChange>,
    /// The changes as one call; empty if there are none.
    pub(crate) fields: DeploymentUpdate,
    pub(crate) schedules: Vec<ScheduleChange>,
    /// The whole deployment, where the server takes the changes in no smaller piece; then it alone is sent.
    pub(crate) whole: Option<Box<DeploymentWrite>>,
    /// How many of its schedules were made by hand, and stay.
    pub(crate) schedules_by_hand: usize,
}

/// Compares what is declared with what the server has.
///
/// # Errors
/// Every reason why the declared set cannot be put onto this server.
pub(crate) fn plan(
    mut desired: Vec<Desired>,
    observed: &Observed,
    artifacts: ArtifactPlans,
    config: &Config,
    options: &PlanOptions,
) -> Result<Plan, Failure> {
    let mut problems = Vec::new();
    let owner_tag = config.owner_tag();
    let mut declared = options.declared.clone();
    declared.extend(desired.iter().map(|desired| desired.key.clone()));
    let left_out = if options.undo_rollback {
        Vec::new()
    } else {
        take_rolled_back(&mut desired, observed, &owner_tag, &mut declared)
    };
    let pools = pools::missing_pools(
        &desired,
        observed,
        config,
        options.missing_pools,
        &mut problems,
    );
    let pool_updates = if options.update_pools {
        pool_updates(&desired, observed, config)
    } else {
        Vec::new()
    };
    let pool_notes = pool_notes(
        &desired,
        observed,
        config,
        options.missing_pools,
        &pool_updates,
    );
    let queues = queues::new_queues(&desired, observed, options, &mut problems);
    for desired in &desired {
        problems.extend(not_ours(desired, observed, &owner_tag, options.adopt));
    }
    let unsupported = prefect2::express(&mut desired, config, &observed.capabilities);
    problems.extend(unsupported.into_iter().map(PlanError::from));
    problems.extend(removals::taken_over_twice(&desired));
    let mut deployments: Vec<DeploymentPlan> = Vec::new();
    let mut schemas = Schemas::default();
    for mut desired in desired {
        let pool = pool(&desired, observed, &pools, &pool_updates);
        problems.extend(machines::check(
            &desired,
            pool.map(|(kind, _)| kind),
            config,
        ));
        let not_sent = pool.map_or_else(Vec::new, |(_, template)| {
            let not_sent = job_variables::check_names(&mut desired, template, &mut problems);
            problems.extend(schemas.check_values(&desired, template, config));
            not_sent
        });
        match deployment_plan(desired, observed, &owner_tag, &declared) {
            Ok(plan) => deployments.push(DeploymentPlan { not_sent, ..plan }),
            Err(problem) => problems.push(problem.into()),
        }
    }
    let former = deployments.iter().filter_map(|plan| plan.former.as_ref());
    let mut kept = declared;
    kept.extend(former.map(|former| former.key.clone()));
    let Undeclared { removals, orphans } =
        removals::undeclared(observed, &owner_tag, &kept, options.orphans, &mut problems);
    Failure::unless_empty(problems)?;
    Ok(Plan {
        pools,
        pool_updates,
        pool_notes,
        queues,
        containers: artifacts.containers,
        artifacts: used(artifacts.artifacts, &deployments),
        deployments,
        left_out,
        removals,
        orphans,
    })
}

/// The artifacts that deployments of the plan name; one that was left out may have been the only one that named its own.
fn used(artifacts: Vec<ArtifactPlan>, deployments: &[DeploymentPlan]) -> Vec<ArtifactPlan> {
    let named = deployments.iter();
    let named = named.filter_map(|deployment| deployment.desired.artifact.as_ref());
    let named: BTreeSet<&String> = named.map(|artifact| &artifact.location).collect();
    let artifacts = artifacts.into_iter();
    artifacts
        .filter(|artifact| named.contains(&artifact.location))
        .collect()
}

/// The type and the job template of the pool that a deployment goes to, be it there or to be made.
fn pool<'a>(
    desired: &Desired,
    observed: &'a Observed,
    new: &'a [WorkPoolWrite],
    updates: &'a [PoolUpdate],
) -> Option<(&'a str, &'a Value)> {
    let name = desired.fields.work_pool_name.as_ref()?;
    let updated = updates.iter().find(|update| update.pool == *name);
    let stored = observed.pools.get(name).map(|pool| {
        let template = updated.map_or(&pool.base_job_template, |update| &update.template);
        (pool.kind.as_str(), template)
    });
    let new = new.iter().find(|pool| pool.name == *name);
    stored.or(new.map(|pool| (pool.kind.as_str(), &pool.base_job_template)))
}

fn deployment_plan(
    mut desired: Desired,
    observed: &Observed,
    owner_tag: &str,
    declared: &BTreeSet<DeploymentKey>,
) -> Result<DeploymentPlan, UnsupportedError> {
    let capabilities = &observed.capabilities;
    let stored = observed.deployments.get(&desired.key);
    let former = removals::former(&desired, observed, owner_tag, declared);
    if let (None, Some((_, former))) = (stored, &former) {
        removals::carry_pauses(&mut desired, former, capabilities)
            .map_err(|unknown| UnsupportedError::pause(&desired, unknown))?;
    }
    let was_paused = stored.is_some_and(|stored| stored.paused);
    let matching = Matching::new(
        stored.map_or(&[], |stored| &stored.schedules),
        &desired.schedules,
        capabilities,
    );
    let matching = matching.map_err(|unknown| UnsupportedError::pause(&desired, unknown))?;
    Ok(DeploymentPlan {
        action: match stored {
            None => Action::Create,
            Some(stored) => update(&desired, stored, &matching, capabilities),
        },
        undoes_rollback: stored
            .or(former.as_ref().map(|(_, stored)| *stored))
            .and_then(|stored| undone_rollback(&desired, stored)),
        former: former.map(|(removal, _)| removal),
        not_sent: Vec::new(),
        paused: desired.fields.paused.unwrap_or(was_paused),
        inactive: schedules::inactive(&matching),
        desired,
    })
}

impl DeploymentPlan {
    /// Whether nothing is to be done about it.
    pub(crate) fn is_unchanged(&self) -> bool {
        matches!(self.action, Action::Unchanged) && self.former.is_none()
    }
}

impl Plan {
    /// Deletes everything of this owner.
    pub(crate) fn destroy(observed: &Observed, owner_tag: &str) -> Self {
        Self {
            removals: removals::all_of(observed, owner_tag),
            ..Self::default()
        }
    }

    /// Changes one stored deployment and touches nothing else.
    ///
    /// # Errors
    /// What this server cannot store.
    pub(crate) fn repoint(
        desired: Desired,
        stored: &Deployment,
        config: &Config,
        capabilities: &Capabilities,
    ) -> Result<Self, Failure> {
        let mut desired = [desired];
        Failure::unless_empty(prefect2::express(&mut desired, config, capabilities))?;
        let [desired] = desired;
        let matching = Matching::new(&stored.schedules, &desired.schedules, capabilities);
        let matching = matching.map_err(|unknown| UnsupportedError::pause(&desired, unknown))?;
        let deployment = DeploymentPlan {
            action: update(&desired, stored, &matching, capabilities),
            former: None,
            not_sent: Vec::new(),
            undoes_rollback: None,
            paused: stored.paused,
            inactive: schedules::inactive(&matching),
            desired,
        };
        Ok(Self {
            deployments: vec![deployment],
            ..Self::default()
        })
    }

    /// Whether an apply would write nothing at all.
    pub(crate) fn is_empty(&self) -> bool {
        self.pools.is_empty()
            && self.pool_updates.is_empty()
            && self.containers.is_empty()
            && self.removals.is_empty()
            && self.artifacts.iter().all(|artifact| !artifact.store)
            && self.deployments.iter().all(DeploymentPlan::is_unchanged)
    }
}

fn update(
    desired: &Desired,
    stored: &Deployment,
    matching: &Matching<'_>,
    capabilities: &Capabilities,
) -> Action {
    let mut changes = desired.fields.changes_from(&Fields::stored(stored));
    changes.retain(|(_, change)| !desired.is_unknown(&change.field));
    let schedules = schedules::changes(matching);
    if changes.is_empty() && schedules.is_empty() {
        return Action::Unchanged;
    }
    let (of, changes): (Vec<Field>, Vec<FieldChange>) = changes.into_iter().unzip();
    let fields = desired.fields.update(of.iter().copied());
    let (fields, whole) =
        match prefect2::narrowest(fields, &of, desired, stored, matching, capabilities) {
            Ok(fields) => (fields, None),
            Err(whole) => (DeploymentUpdate::default(), Some(whole)),
        };
    Action::Update(Box::new(Update {
        id: stored.id,
        changes,
        fields,
        schedules,
        whole,
        schedules_by_hand: matching.by_hand,
    }))
}

/// A deployment of this name that somebody else has made.
fn not_ours(
    desired: &Desired,
    observed: &Observed,
    owner_tag: &str,
    adopt: bool,
) -> Option<PlanError> {
    let stored = observed.deployments.get(&desired.key)?;
    if stored.tags.iter().any(|tag| tag == owner_tag) {
        return None;
    }
    let deployment = desired.declaration();
    let workspace = owner_tag
        .rsplit_once('/')
        .map_or("", |(workspace, _)| workspace);
    match removals::owner(&stored.tags) {
        Some(owner)
            if owner
                .rsplit_once('/')
                .is_some_and(|(of, _)| of == workspace) =>
        {
            Some(PlanError::OtherEnvironment {
                deployment,
                owner: owner.clone(),
            })
        }
        Some(owner) => Some(PlanError::OtherOwner {
            deployment,
            owner: owner.clone(),
        }),
        None if adopt => None,
        None => Some(PlanError::HandMade { deployment }),
    }
}
