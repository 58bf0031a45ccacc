//! The steps from the declarations to a plan.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use chrono::Utc;
use longshore_storage::Executable;
use serde_json::Value;

use super::chosen::{Chosen, RequestError};
use super::{first_contact, runner};
use crate::LinkedPackage;
use crate::apply::Upload;
use crate::artifact::cargo::{BuildOptions, Cargo};
use crate::artifact::commit::commit;
use crate::artifact::describe::{compare, describe, own_description};
use crate::artifact::{Artifact, COMMIT, ReadProgramError};
use crate::check::schedules_over;
use crate::command_line::Planning;
use crate::config::Config;
use crate::desired::{DeploymentKey, Desired};
use crate::error::{Failure, ReadServerError};
use crate::lock::{Attempt, LockError, STATE_FOLDER, WorkspaceLock};
use crate::observe::{Observed, observe, worker_templates};
use crate::plan::options::{MissingPools, Orphans, PlanOptions};
use crate::plan::pools::types_to_create;
use crate::plan::{ArtifactPlan, ArtifactPlans, Plan, plan};
use crate::report::progress::Progress;
use crate::report::tell;
use crate::storage::{Folder, Place, StorageError};
use crate::target::{ConnectError, Connection, Target};

/// Looks at a lock whose holder has not named itself yet.
const NAMELESS_ATTEMPTS: u32 = 10;

/// Pause between two of these looks.
const NAMELESS_PAUSE: Duration = Duration::from_millis(20);

/// Cargo's profile for trying things out.
const DEVELOPMENT: &str = "dev";

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
    declared: Vec<Desired>,
    target: &Target,
    options: &Planning,
    purpose: Purpose,
) -> Result<Ready, Failure> {
    let plan_options = plan_options(config, chosen, target, options)?;
    Failure::unless_empty(schedules_over(&declared, Utc::now()))?;
    let places = chosen.places(config);
    if !target.is_loopback() {
        check_for_elsewhere(chosen, &places, config, target, options)?;
    }
    runner::tell_what_workers_need(&places, root, config, target);
    let lock = lock(root).await?;
    let connection = target.connect().await?;
    let uploads_and_plan = async {
        let client = &connection.client;
        if let Purpose::Apply { yes: false } = purpose {
            first_contact::confirm(client, target, config, &declared).await?;
        }
        let owner_tag = config.owner_tag();
        let observed = observe(client, &declared, &owner_tag).await;
        let mut observed = observed.map_err(ReadServerError::from)?;
        let types = types_to_create(&declared, &observed, config, plan_options.missing_pools);
        let templates = worker_templates(client, types).await;
        observed.worker_templates = templates.map_err(ReadServerError::from)?;
        // Everything that needs no program is checked before the build, which takes minutes.
        let without_programs = ArtifactPlans::default();
        let early = plan(declared, &observed, without_programs, config, &plan_options);
        if options.builds_nothing() {
            return Ok((Vec::new(), early?));
        }
        let folders = Folder::look(&places, root, config, options.create_storage).await;
        let folders = both(early, folders)?;
        let artifacts = artifacts(root, config, chosen, target, options).await?;
        let uploads = uploads(chosen, &artifacts, folders);
        if let Purpose::Apply { .. } = purpose {
            check_writable(&uploads).await?;
        }
        let desired = chosen.desired(config, &uploads)?;
        // The server may have changed during the build.
        let worker_templates = observed.worker_templates;
        let observed = observe(client, &desired, &owner_tag).await;
        let observed = Observed {
            worker_templates,
            ..observed.map_err(ReadServerError::from)?
        };
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

/// The second result if both are there, else the problems of both.
fn both<A, B>(first: Result<A, Failure>, second: Result<B, Failure>) -> Result<B, Failure> {
    match (first, second) {
        (Ok(_), second) => second,
        (Err(failure), Ok(_)) => Err(failure),
        (Err(first), Err(second)) => Err(first.and(second)),
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
        update_pools: options.update_pools && !target.is_embedded(),
        create_queues: options.create_queues,
        adopt: options.adopt,
        undo_rollback: options.undo_rollback,
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
    let build = BuildOptions {
        profile: options
            .profile
            .clone()
            .unwrap_or_else(|| default_profile(target).to_owned()),
        target: config.target.clone(),
        is_static: config.is_static,
    };
    let cargo = match &options.artifacts {
        Some(_) => None,
        None => Some(Cargo::for_workspace(root).await?),
    };
    let commit = commit(root).await;
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
        let mut said = describe(package.name, &program).await?;
        if take_debug_assertions(&mut said) && !target.is_loopback() {
            return Err(StorageError::DevelopmentProgram {
                package: package.name.to_owned(),
                target: target.to_string(),
            }
            .into());
        }
        compare(
            package.name,
            &own_description(chosen.registry, package.name)?,
            &said,
        )?;
        let mut manifest = manifest(said, cargo.as_ref(), &build, package);
        if let Some(commit) = &commit {
            manifest[COMMIT] = commit.as_str().into();
        }
        artifacts.push((package, Artifact::read(package, program, manifest)?));
    }
    steps.finish();
    Ok(artifacts)
}

fn default_profile(target: &Target) -> &'static str {
    if target.is_embedded() {
        DEVELOPMENT
    } else {
        "release"
    }
}

/// Takes out of a description whether the program was built with debug assertions; this program says nothing of that.
fn take_debug_assertions(said: &mut Value) -> bool {
    let said = said.as_object_mut();
    let taken = said.and_then(|said| said.remove("debug_assertions"));
    taken.is_some_and(|taken| taken == true)
}

/// Checks what must not be on the way to a server of another machine.
///
/// # Errors
/// The artifacts would lie on this machine alone, or be slow.
fn check_for_elsewhere(
    chosen: &Chosen<'_>,
    places: &[Place<'_>],
    config: &Config,
    target: &Target,
    options: &Planning,
) -> Result<(), Failure> {
    let mut problems = Vec::new();
    let local = chosen.records.iter().zip(places);
    let local: Vec<DeploymentKey> = local
        .filter(|(_, place)| place.is_local())
        .map(|((record, _), _)| DeploymentKey::of(record, config))
        .collect();
    if !local.is_empty() && !options.allow_local_store {
        problems.push(StorageError::LocalStore {
            deployments: local,
            target: target.to_string(),
        });
    }
    if options.profile.as_deref() == Some(DEVELOPMENT) {
        problems.push(StorageError::DevelopmentProfile {
            profile: DEVELOPMENT.to_owned(),
            target: target.to_string(),
        });
    }
    Failure::unless_empty(problems)
}

/// Finds out whether the stores that have to take artifacts can be written.
///
/// # Errors
/// Every store that cannot be written.
async fn check_writable(uploads: &[Upload]) -> Result<(), Failure> {
    let mut checked = Vec::new();
    let mut problems = Vec::new();
    for upload in uploads {
        let folder = upload.folder();
        let store = &folder.store;
        let is_new = folder.new_container.is_some();
        if upload.is_stored() || is_new || checked.contains(&&store.name) {
            continue;
        }
        checked.push(&store.name);
        problems.extend(store.check_writable().await.err());
    }
    Failure::unless_empty(problems)
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

/// One upload per chosen deployment, in the same order.
fn uploads(
    chosen: &Chosen<'_>,
    artifacts: &[(&'static LinkedPackage, Artifact)],
    folders: Vec<Arc<Folder>>,
) -> Vec<Upload> {
    let records = chosen.records.iter().zip(folders);
    records
        .filter_map(|((_, package), folder)| {
            let (_, artifact) = artifacts.iter().find(|(of, _)| of.name == package.name)?;
            Some(Upload::new(package.name, artifact.clone(), folder))
        })
        .collect()
}

/// Which containers and artifacts are missing; several deployments may share one.
fn artifact_plans(uploads: &[Upload]) -> ArtifactPlans {
    let mut plans = ArtifactPlans::default();
    for upload in uploads {
        let location = &upload.stored().location;
        let known = |plan: &ArtifactPlan| plan.location == *location;
        if !plans.artifacts.iter().any(known) {
            plans.artifacts.push(ArtifactPlan {
                package: upload.package,
                location: location.clone(),
                libc: upload.stored().executable.as_ref().map(Executable::libc),
                store: !upload.is_stored(),
            });
        }
        let container = upload.folder().new_container.as_ref();
        if let Some(container) = container
            && !plans.containers.contains(container)
        {
            plans.containers.push(container.clone());
        }
    }
    plans
}
