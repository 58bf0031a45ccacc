//! Executes a plan and decides nothing.

mod flows;
mod removal;
mod upload;
mod width;
mod writers;

use longshore_prefect::{Client, DeploymentUpdate, Error, WorkPool, WorkPoolWrite};
use longshore_spec::Explain;
use longshore_storage::StoreError;

use crate::desired::{DeploymentKey, Desired};
use crate::plan::left_out::LeftOut;
use crate::plan::pools::update::PoolUpdate;
use crate::plan::removals::Removal;
use crate::plan::schedules::ScheduleChange;
use crate::plan::{Action, DeploymentPlan, Plan, Update};
use crate::report::progress::Progress;
use crate::storage::{NewContainer, remedy};
use flows::Flows;
use writers::write_all;

pub(crate) use upload::Upload;

/// How the work on one deployment ended.
#[derive(Debug)]
pub(crate) enum Outcome {
    Created,
    Updated,
    Unchanged,
    Failed(ApplyError),
}

/// One deployment could not be put onto the server, or not be deleted there.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ApplyError {
    #[error("deployment `{deployment}`")]
    Request {
        deployment: DeploymentKey,
        source: Error,
    },
    #[error("deployment `{deployment}`: its artifact is not stored")]
    NoArtifact { deployment: DeploymentKey },
    #[error("deployment `{deployment}`: its work pool `{pool}` could not be made")]
    NoPool {
        deployment: DeploymentKey,
        pool: String,
    },
    #[error("deployment `{deployment}` is still on the server after it was deleted")]
    StillThere { deployment: DeploymentKey },
    #[error("deployment `{deployment}` is kept, since not everything else was done")]
    KeptBack { deployment: DeploymentKey },
}

impl Explain for ApplyError {
    fn help(&self) -> Option<String> {
        match self {
            Self::Request { source, .. } => source.help(),
            Self::NoArtifact { .. } | Self::NoPool { .. } | Self::KeptBack { .. } => {
                Some("the reason is above; run the command again to finish".to_owned())
            }
            Self::StillThere { .. } => Some(
                "another program makes it anew; stop that and run the command again".to_owned(),
            ),
        }
    }
}

/// Something that several deployments need could not be made.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SharedError {
    #[error("cannot make the container `{}`", container.container)]
    Container {
        container: NewContainer,
        source: Box<StoreError>,
    },
    #[error("cannot store the artifact of `{package}`")]
    Store {
        package: &'static str,
        source: Box<StoreError>,
    },
    #[error("cannot make work pool `{pool}`")]
    Pool { pool: String, source: Error },
    #[error("cannot update the job template of work pool `{pool}`")]
    UpdatePool { pool: String, source: Error },
    #[error(
        "cannot create work pool `{pool}`: another pool of this name was created in the meantime, with another type or job template"
    )]
    OtherPool { pool: String },
}

impl Explain for SharedError {
    fn help(&self) -> Option<String> {
        match self {
            Self::Container { source, .. } | Self::Store { source, .. } => remedy(source),
            Self::Pool { source, .. } | Self::UpdatePool { source, .. } => source.help(),
            Self::OtherPool { .. } => {
                Some("run `plan`, which reports what that pool lets a run choose".to_owned())
            }
        }
    }
}

/// What has become of a deployment that the plan deletes.
#[derive(Debug)]
pub(crate) struct Removed<'a> {
    pub(crate) key: &'a DeploymentKey,
    /// Why it is still there.
    pub(crate) error: Option<&'a ApplyError>,
}

/// What an apply came to.
#[derive(Debug)]
pub(crate) struct Applied {
    /// In the order of the plan.
    pub(crate) outcomes: Vec<(DeploymentPlan, Outcome)>,
    /// In the order of the plan.
    pub(crate) removals: Vec<(Removal, Result<(), ApplyError>)>,
    pub(crate) errors: Vec<SharedError>,
    /// Deployments that the plan leaves out.
    pub(crate) left_out: Vec<LeftOut>,
}

impl Applied {
    /// Everything that the plan deletes: the former names of what was renamed, then what is no longer declared.
    ///
    /// A rename that failed is told with its new name.
    pub(crate) fn removed(&self) -> Vec<Removed<'_>> {
        let renamed = self.outcomes.iter().filter_map(|(plan, outcome)| {
            let former = plan.former.as_ref()?;
            (!matches!(outcome, Outcome::Failed(_))).then_some(Removed {
                key: &former.key,
                error: None,
            })
        });
        let undeclared = self.removals.iter().map(|(removal, removed)| Removed {
            key: &removal.key,
            error: removed.as_ref().err(),
        });
        renamed.chain(undeclared).collect()
    }

    /// Whether everything that the plan contains was done.
    pub(crate) fn is_complete(&self) -> bool {
        let failed =
            |(_, outcome): &(DeploymentPlan, Outcome)| matches!(outcome, Outcome::Failed(_));
        self.errors.is_empty()
            && !self.outcomes.iter().any(failed)
            && self.removals.iter().all(|(_, removed)| removed.is_ok())
    }
}

/// Makes what is missing and changes what differs; one failure does not stop the others.
pub(crate) async fn apply(
    client: &Client,
    plan: Plan,
    uploads: Vec<Upload>,
    progress: Progress,
) -> Applied {
    let mut errors = Vec::new();
    let mut missing = Missing::default();
    for pool in &plan.pools {
        if let Err(error) = create_pool(client, pool).await {
            missing.pools.push(pool.name.clone());
            errors.push(error);
        }
    }
    for PoolUpdate { pool, template, .. } in &plan.pool_updates {
        if let Err(source) = client.update_job_template(pool, template).await {
            missing.pools.push(pool.clone());
            errors.push(SharedError::UpdatePool {
                pool: pool.clone(),
                source,
            });
        }
    }
    upload::make_containers(&plan, &uploads, &mut errors).await;
    missing.artifacts = upload::store_artifacts(&plan, &uploads, progress, &mut errors).await;
    let outcomes = register_all(client, plan.deployments, &missing, progress).await;
    let mut applied = Applied {
        outcomes,
        removals: Vec::new(),
        errors,
        left_out: plan.left_out,
    };
    applied.removals = remove_all(client, plan.removals, applied.is_complete(), progress).await;
    applied
}

/// Creates a pool, unless the same one was created since the plan.
///
/// A worker that starts meanwhile creates a pool with Prefect's own template, whose runs choose what is executed.
async fn create_pool(client: &Client, pool: &WorkPoolWrite) -> Result<(), SharedError> {
    let failed = |source| SharedError::Pool {
        pool: pool.name.clone(),
        source,
    };
    match client.create_work_pool(pool).await {
        Ok(_) => return Ok(()),
        Err(error) if error.status() == Some(409) => {}
        Err(error) => return Err(failed(error)),
    }
    let pools = client.work_pools().await.map_err(failed)?;
    let is_same = |found: &WorkPool| {
        let template = &found.base_job_template;
        found.name == pool.name && found.kind == pool.kind && *template == pool.base_job_template
    };
    if pools.iter().any(is_same) {
        return Ok(());
    }
    Err(SharedError::OtherPool {
        pool: pool.name.clone(),
    })
}

/// What could not be made, and keeps back the deployments that need it.
#[derive(Default)]
struct Missing {
    pools: Vec<String>,
    /// Locations.
    artifacts: Vec<String>,
}

impl Missing {
    /// Why the deployment cannot be written.
    fn keeps_back(&self, desired: &Desired) -> Option<ApplyError> {
        let deployment = || desired.key.clone();
        let artifact = desired.artifact.as_ref();
        if artifact.is_some_and(|artifact| self.artifacts.contains(&artifact.location)) {
            return Some(ApplyError::NoArtifact {
                deployment: deployment(),
            });
        }
        let pool = desired.fields.work_pool_name.as_ref();
        pool.filter(|pool| self.pools.contains(pool))
            .map(|pool| ApplyError::NoPool {
                deployment: deployment(),
                pool: pool.clone(),
            })
    }
}

/// Writes what differs; the outcomes are in the order of the plan, whichever ended first.
async fn register_all(
    client: &Client,
    deployments: Vec<DeploymentPlan>,
    missing: &Missing,
    progress: Progress,
) -> Vec<(DeploymentPlan, Outcome)> {
    let changing: Vec<&DeploymentPlan> = deployments
        .iter()
        .filter(|deployment| !deployment.is_unchanged())
        .collect();
    let bar = progress.start("registering", changing.len());
    let flows = Flows::default();
    let register = async |deployment: &&DeploymentPlan| {
        if let Some(error) = missing.keeps_back(&deployment.desired) {
            return Outcome::Failed(error);
        }
        bar.step(&deployment.desired.key.to_string());
        let executed = execute(client, &flows, deployment).await;
        bar.ended();
        executed.unwrap_or_else(Outcome::Failed)
    };
    let mut changed = write_all(client, &changing, register).await.into_iter();
    bar.finish();
    deployments
        .into_iter()
        .map(|deployment| {
            let outcome = if deployment.is_unchanged() {
                Some(Outcome::Unchanged)
            } else {
                changed.next()
            };
            (deployment, outcome.unwrap_or(Outcome::Unchanged))
        })
        .collect()
}

/// Deletes what is no longer declared, unless what replaces it may be among what failed.
async fn remove_all(
    client: &Client,
    removals: Vec<Removal>,
    rest_is_done: bool,
    progress: Progress,
) -> Vec<(Removal, Result<(), ApplyError>)> {
    let bar = progress.start("deleting", removals.len());
    let remove = async |removal: &Removal| {
        if !rest_is_done {
            return Err(ApplyError::KeptBack {
                deployment: removal.key.clone(),
            });
        }
        bar.step(&removal.key.to_string());
        let removed = removal::remove(client, removal).await;
        bar.ended();
        removed
    };
    let outcomes = write_all(client, &removals, remove).await;
    bar.finish();
    removals.into_iter().zip(outcomes).collect()
}

/// Writes the deployment, and only then deletes the one that it is renamed from.
async fn execute(
    client: &Client,
    flows: &Flows,
    deployment: &DeploymentPlan,
) -> Result<Outcome, ApplyError> {
    let written = write(client, flows, deployment).await;
    let mut outcome = written.map_err(|source| ApplyError::Request {
        deployment: deployment.desired.key.clone(),
        source,
    })?;
    if let Some(former) = &deployment.former {
        removal::remove(client, former).await?;
        if matches!(outcome, Outcome::Unchanged) {
            outcome = Outcome::Updated;
        }
    }
    Ok(outcome)
}

async fn write(
    client: &Client,
    flows: &Flows,
    deployment: &DeploymentPlan,
) -> Result<Outcome, Error> {
    let desired = &deployment.desired;
    match &deployment.action {
        Action::Unchanged => Ok(Outcome::Unchanged),
        Action::Create => {
            let flow = flows.id(client, &desired.key.flow).await?;
            client.write_deployment(&desired.write(flow)).await?;
            Ok(Outcome::Created)
        }
        Action::Update(update) => {
            execute_update(client, update).await?;
            Ok(Outcome::Updated)
        }
    }
}

async fn execute_update(client: &Client, update: &Update) -> Result<(), Error> {
    if let Some(whole) = &update.whole {
        client.write_deployment(whole).await?;
        return Ok(());
    }
    if update.fields != DeploymentUpdate::default() {
        client.update_deployment(update.id, &update.fields).await?;
    }
    let mut added = Vec::new();
    for change in &update.schedules {
        match change {
            ScheduleChange::Add(schedule) => added.push(schedule.clone()),
            ScheduleChange::Change {
                id,
                update: schedule,
                ..
            } => {
                client.update_schedule(update.id, *id, schedule).await?;
            }
            ScheduleChange::Remove { id, .. } => {
                client.delete_schedule(update.id, *id).await?;
            }
        }
    }
    if !added.is_empty() {
        client.create_schedules(update.id, &added).await?;
    }
    Ok(())
}
