//! The steps from the declarations to a plan.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use longshore_storage::ArtifactKey;
use serde_json::Value;

use super::chosen::{Chosen, Destination, RequestError};
use super::first_contact;
use crate::LinkedPackage;
use crate::apply::Upload;
use crate::artifact::cargo::{BuildOptions, Cargo};
use crate::artifact::describe::{compare, describe, own_description};
use crate::artifact::{Artifact, ReadProgramError};
use crate::command_line::Planning;
use crate::config::Config;
use crate::desired::DeploymentKey;
use crate::error::{Failure, ReadServerError};
use crate::lock::{Attempt, LockError, STATE_FOLDER, WorkspaceLock};
use crate::observe::observe;
use crate::plan::options::{MissingPools, Orphans, PlanOptions};
use crate::plan::{ArtifactPlan, Plan, check_supported, plan};
use crate::report::progress::Progress;
use crate::report::tell;
use crate::target::{ConnectError, Connection, Target};

/// Looks at a lock whose holder has not named itself yet.
const NAMELESS_ATTEMPTS: u32 = 10;

/// Pause between two of these looks.
const NAMELESS_PAUSE: Duration = Duration::from_millis(20);

/// Percent of the workspace's deployments that a prune may delete without being asked for more.
const PRUNE_LIMIT: u8 = 30;

/// A plan and what is needed to carry it out.
pub(super) struct Ready {
    pub(super) connection: Connection,
    pub(super) plan: Plan,
    pub(super) uploads: Vec<Upload>,
    /// Held until the command is done.
    _lock: WorkspaceLock,
}

/// What a plan is made for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Purpose {
    /// To be shown.
    Show,
    /// To be carried out; `yes` if a new server is not to be asked about.
    Apply { yes: bool },
}

/// Locks the workspace, connects, builds, compares.
///
/// # Errors
/// Whatever stands between the declarations and a plan; nothing was written to the server.
pub(super) async fn prepare(
    root: &Path,
    config: &Config,
    chosen: &Chosen<'_>,
    target: &Target,
    options: &Planning,
    purpose: Purpose,
) -> Result<Ready, Failure> {
    let plan_options = plan_options(config, chosen, target, options)?;
    let destinations = chosen.destinations(root, config)?;
    let lock = lock(root).await?;
    let connection = target.connect().await?;
    let uploads_and_plan = async {
        // Before the build, which takes minutes.
        let capabilities = connection.client.capabilities().await;
        let capabilities = capabilities.map_err(ReadServerError::from)?;
        let declared = chosen.declared(config)?;
        if let Purpose::Apply { yes: false } = purpose {
            first_contact::confirm(&connection.client, target, config, &declared).await?;
        }
        check_supported(declared, config, capabilities)?;
        let artifacts = artifacts(root, config, chosen, target, options).await?;
        let uploads = uploads(chosen, &artifacts, destinations);
        let desired = chosen.desired(config, &uploads)?;
        let observed = observe(&connection.client, &desired, &config.owner_tag())
            .await
            .map_err(ReadServerError::from)?;
        let stored = artifact_plans(&uploads);
        let plan = plan(desired, &observed, stored, config, &plan_options)?;
        Ok((uploads, plan))
    };
    match uploads_and_plan.await {
        Ok((uploads, plan)) => Ok(Ready {
            connection,
            plan,
            uploads,
            _lock: lock,
        }),
        Err(failure) => {
            connection.close().await;
            Err(failure)
        }
    }
}

/// Finds the server and says which it is.
///
/// # Errors
/// It cannot be told which server is meant.
pub(super) fn target(root: &Path, config: &Config) -> Result<Target, ConnectError> {
    let environment = config.environment.as_ref();
    let profile = environment.and_then(|environment| environment.profile.as_deref());
    let target = Target::find(root, profile)?;
    tell(&format!("target: {target}"));
    if let Some(profile) = profile.filter(|profile| target.profile() != Some(profile)) {
        tell(&format!(
            "notice: a variable names the server, not the environment's profile `{profile}`"
        ));
    }
    Ok(target)
}

/// What the command line allows.
///
/// # Errors
/// It asks for a prune that may not be.
fn plan_options(
    config: &Config,
    chosen: &Chosen<'_>,
    target: &Target,
    options: &Planning,
) -> Result<PlanOptions, RequestError> {
    let declared = chosen.registry.deployments.iter();
    let declared: BTreeSet<DeploymentKey> = declared
        .map(|record| DeploymentKey::of(record, config))
        .collect();
    if options.prune_limit.is_some() && !options.prune {
        return Err(RequestError::LimitWithoutPrune);
    }
    let orphans = match (options.prune, chosen.all) {
        (true, false) => return Err(RequestError::PruneSelection),
        (true, true) if declared.is_empty() => return Err(RequestError::PruneAll),
        (true, true) => Orphans::Delete {
            limit: options.prune_limit.unwrap_or(PRUNE_LIMIT),
        },
        (false, true) => Orphans::Report,
        (false, false) => Orphans::Ignore,
    };
    Ok(PlanOptions {
        missing_pools: if target.is_embedded() {
            MissingPools::CreateAny
        } else if options.create_pools {
            MissingPools::Create
        } else {
            MissingPools::Refuse
        },
        create_queues: options.create_queues,
        adopt: options.adopt,
        orphans,
        declared,
    })
}

/// Takes the workspace's lock, waiting for another command if need be.
///
/// # Errors
/// The state folder cannot be written.
pub(super) async fn lock(root: &Path) -> Result<WorkspaceLock, LockError> {
    let mut attempt = 1;
    loop {
        match WorkspaceLock::attempt(root)? {
            Attempt::Taken(lock) => return Ok(lock),
            // Between taking the lock and naming itself a process needs a moment.
            Attempt::Held(waiting) if waiting.holder.is_none() && attempt < NAMELESS_ATTEMPTS => {
                attempt += 1;
                tokio::time::sleep(NAMELESS_PAUSE).await;
            }
            Attempt::Held(waiting) => {
                let holder = waiting
                    .holder
                    .map_or_else(String::new, |pid| format!(" (process {pid})"));
                tell(&format!(
                    "waiting for another deploy{holder}, which holds {STATE_FOLDER}/lock"
                ));
                return waiting.wait().await;
            }
        }
    }
}

/// The programs of the chosen packages, each compared with the own registry.
async fn artifacts(
    root: &Path,
    config: &Config,
    chosen: &Chosen<'_>,
    target: &Target,
    options: &Planning,
) -> Result<Vec<(&'static LinkedPackage, Artifact)>, Failure> {
    let packages = chosen.packages();
    if options.no_build && options.artifacts.is_none() {
        return Ok(Vec::new());
    }
    let build = BuildOptions {
        profile: options
            .profile
            .clone()
            .unwrap_or_else(|| default_profile(target).to_owned()),
        target: config.target.clone(),
    };
    let cargo = match &options.artifacts {
        Some(_) => None,
        None => Some(Cargo::for_workspace(root).await?),
    };
    let steps = Progress::start_plain("building", packages.len());
    let mut artifacts = Vec::new();
    for package in packages {
        let program = match (&cargo, &options.artifacts) {
            (Some(cargo), _) => {
                steps.step(package.name);
                cargo.build(package, &build).await?
            }
            (None, folder) => prebuilt(folder.as_deref().unwrap_or(root), package)?,
        };
        let said = describe(package.name, &program).await?;
        compare(
            package.name,
            &own_description(chosen.registry, package.name)?,
            &said,
        )?;
        let manifest = manifest(said, cargo.as_ref(), &build, package);
        artifacts.push((package, Artifact::read(package, program, manifest)?));
    }
    steps.finish();
    Ok(artifacts)
}

fn default_profile(target: &Target) -> &'static str {
    if target.is_embedded() {
        "dev"
    } else {
        "release"
    }
}

fn prebuilt(folder: &Path, package: &LinkedPackage) -> Result<PathBuf, ReadProgramError> {
    let name = format!("{}{}", package.binary, std::env::consts::EXE_SUFFIX);
    let program = folder.join(name);
    match fs::metadata(&program) {
        Ok(_) => Ok(program),
        Err(source) => Err(ReadProgramError::new(package, program, source)),
    }
}

/// What is stored beside the program: what it says of itself, and how it was built.
fn manifest(
    described: Value,
    cargo: Option<&Cargo>,
    build: &BuildOptions,
    package: &LinkedPackage,
) -> Value {
    let mut manifest = described;
    if let Some(cargo) = cargo {
        manifest["target"] = cargo.triple(build).into();
        manifest["profile"] = build.profile.as_str().into();
        manifest["package_version"] = cargo.version(package.name).into();
    }
    manifest
}

/// One upload per chosen deployment, in the same order; none if nothing was built.
fn uploads(
    chosen: &Chosen<'_>,
    artifacts: &[(&'static LinkedPackage, Artifact)],
    destinations: Vec<Destination>,
) -> Vec<Upload> {
    let records = chosen.records.iter().zip(destinations);
    records
        .filter_map(|((_, package), destination)| {
            let (_, artifact) = artifacts.iter().find(|(of, _)| of.name == package.name)?;
            let key = ArtifactKey {
                path: destination.path,
                digest: artifact.digest,
                binary: artifact.binary.clone(),
            };
            Some(Upload::new(
                package.name,
                artifact.clone(),
                destination.store,
                key,
            ))
        })
        .collect()
}

/// Which artifacts are missing in their stores; several deployments may share one.
fn artifact_plans(uploads: &[Upload]) -> Vec<ArtifactPlan> {
    let mut plans: Vec<ArtifactPlan> = Vec::new();
    for upload in uploads {
        if plans
            .iter()
            .all(|plan| plan.location != upload.stored().location)
        {
            plans.push(ArtifactPlan {
                package: upload.package,
                location: upload.stored().location.clone(),
                store: !upload.is_stored(),
            });
        }
    }
    plans
}
