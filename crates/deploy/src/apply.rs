//! Executes a plan and decides nothing.

use std::fs::File;
use std::io;
use std::path::PathBuf;

use longshore_prefect::{Client, DeploymentUpdate, Error};
use longshore_spec::Explain;
use longshore_storage::{ArtifactKey, LocalStore, StoreError};

use crate::artifact::Artifact;
use crate::desired::{DeploymentKey, StoredArtifact};
use crate::plan::schedules::ScheduleChange;
use crate::plan::{Action, ArtifactPlan, DeploymentPlan, Plan, Update};
use crate::report::progress::Progress;

/// An artifact on its way into the store.
#[derive(Debug, Clone)]
pub(crate) struct Upload {
    pub(crate) package: &'static str,
    artifact: Artifact,
    store: LocalStore,
    key: ArtifactKey,
    stored: StoredArtifact,
}

impl Upload {
    /// An artifact and the store that it goes to.
    pub(crate) fn new(
        package: &'static str,
        artifact: Artifact,
        store: LocalStore,
        key: ArtifactKey,
    ) -> Self {
        let stored = StoredArtifact {
            location: store.locate(&key).display().to_string(),
            digest: key.digest,
        };
        Self {
            package,
            artifact,
            store,
            key,
            stored,
        }
    }

    /// What the artifact is once it is stored.
    pub(crate) fn stored(&self) -> &StoredArtifact {
        &self.stored
    }

    /// Whether the store has it already.
    pub(crate) fn is_stored(&self) -> bool {
        self.store.contains(&self.key, self.artifact.length)
    }
}

/// How the work on one deployment ended.
#[derive(Debug)]
pub(crate) enum Outcome {
    Created,
    Updated,
    Unchanged,
    Failed(ApplyError),
}

/// One deployment could not be put onto the server.
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
}

impl Explain for ApplyError {
    fn help(&self) -> Option<String> {
        match self {
            Self::Request { source, .. } => source.help(),
            Self::NoArtifact { .. } | Self::NoPool { .. } => {
                Some("the reason is above; run the command again to finish".to_owned())
            }
        }
    }
}

/// Something that several deployments need could not be made.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SharedError {
    #[error("cannot read the artifact of `{package}` at `{}`", path.display())]
    ReadArtifact {
        package: &'static str,
        path: PathBuf,
        source: io::Error,
    },
    #[error("cannot store the artifact of `{package}`")]
    Store {
        package: &'static str,
        source: StoreError,
    },
    #[error("cannot make work pool `{pool}`")]
    Pool { pool: String, source: Error },
}

impl Explain for SharedError {
    fn help(&self) -> Option<String> {
        match self {
            Self::ReadArtifact { .. } => None,
            Self::Store { .. } => Some(
                "make room and the store's folder writable; nothing half-written is left there"
                    .to_owned(),
            ),
            Self::Pool { source, .. } => source.help(),
        }
    }
}

/// What an apply came to.
#[derive(Debug)]
pub(crate) struct Applied {
    /// In the order of the plan.
    pub(crate) outcomes: Vec<(DeploymentPlan, Outcome)>,
    pub(crate) errors: Vec<SharedError>,
}

impl Applied {
    /// Whether everything is as declared now.
    pub(crate) fn is_complete(&self) -> bool {
        let failed =
            |(_, outcome): &(DeploymentPlan, Outcome)| matches!(outcome, Outcome::Failed(_));
        self.errors.is_empty() && !self.outcomes.iter().any(failed)
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
    let mut missing_pools = Vec::new();
    for pool in &plan.pools {
        if let Err(source) = client.create_work_pool(pool).await {
            missing_pools.push(pool.name.clone());
            errors.push(SharedError::Pool {
                pool: pool.name.clone(),
                source,
            });
        }
    }
    let missing_artifacts = store_artifacts(&plan, &uploads, progress, &mut errors).await;
    let changing = plan
        .deployments
        .iter()
        .filter(|deployment| !matches!(deployment.action, Action::Unchanged));
    let bar = progress.start("registering", changing.count());
    let mut outcomes = Vec::new();
    for deployment in plan.deployments {
        let desired = &deployment.desired;
        let key = &desired.key;
        let pool = desired.fields.work_pool_name.as_ref();
        let outcome = if matches!(deployment.action, Action::Unchanged) {
            Outcome::Unchanged
        } else if desired
            .artifact
            .as_ref()
            .is_some_and(|artifact| missing_artifacts.contains(&artifact.location))
        {
            Outcome::Failed(ApplyError::NoArtifact {
                deployment: key.clone(),
            })
        } else if let Some(pool) = pool.filter(|pool| missing_pools.contains(*pool)) {
            Outcome::Failed(ApplyError::NoPool {
                deployment: key.clone(),
                pool: pool.clone(),
            })
        } else {
            bar.step(&key.to_string());
            execute(client, &deployment).await.unwrap_or_else(|source| {
                Outcome::Failed(ApplyError::Request {
                    deployment: key.clone(),
                    source,
                })
            })
        };
        outcomes.push((deployment, outcome));
    }
    bar.finish();
    Applied { outcomes, errors }
}

/// Stores the artifacts that the plan names; the locations of those that failed are returned.
async fn store_artifacts(
    plan: &Plan,
    uploads: &[Upload],
    progress: Progress,
    errors: &mut Vec<SharedError>,
) -> Vec<String> {
    let missing: Vec<&ArtifactPlan> = plan
        .artifacts
        .iter()
        .filter(|artifact| artifact.store)
        .collect();
    let bar = progress.start("storing", missing.len());
    let mut failed = Vec::new();
    for artifact in missing {
        let of = |upload: &&Upload| upload.stored.location == artifact.location;
        let Some(upload) = uploads.iter().find(of).cloned() else {
            continue;
        };
        bar.step(artifact.package);
        // Copying blocks; Ctrl-C must be seen meanwhile.
        match tokio::task::spawn_blocking(move || store(&upload)).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => {
                errors.push(error);
                failed.push(artifact.location.clone());
            }
            Err(_) => failed.push(artifact.location.clone()),
        }
    }
    bar.finish();
    failed
}

fn store(upload: &Upload) -> Result<(), SharedError> {
    let Upload {
        package,
        artifact,
        store,
        key,
        ..
    } = upload;
    let mut file = File::open(&artifact.program).map_err(|source| SharedError::ReadArtifact {
        package,
        path: artifact.program.clone(),
        source,
    })?;
    let manifest = format!("{:#}\n", artifact.manifest);
    store
        .put(key, artifact.length, &mut file, manifest.as_bytes())
        .map_err(|source| SharedError::Store { package, source })?;
    Ok(())
}

async fn execute(client: &Client, deployment: &DeploymentPlan) -> Result<Outcome, Error> {
    let desired = &deployment.desired;
    match &deployment.action {
        Action::Unchanged => Ok(Outcome::Unchanged),
        Action::Create => {
            let flow = client.upsert_flow(&desired.key.flow, &[]).await?;
            client.write_deployment(&desired.write(flow.id)).await?;
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
