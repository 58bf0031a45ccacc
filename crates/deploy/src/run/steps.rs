//! The steps from the declarations to a plan.

use std::path::{Path, PathBuf};
use std::time::Duration;

use longshore::record::DeploymentRecord;
use longshore::registry::Registry;
use longshore_spec::{Explain, StorageLocation, StorageUrl};
use longshore_storage::{ArtifactKey, LocalStore};
use serde_json::Value;

use crate::apply::Upload;
use crate::artifact::Artifact;
use crate::artifact::cargo::{BuildOptions, Cargo};
use crate::artifact::describe::{compare, describe, own_description};
use crate::command_line::{Command, Options};
use crate::config::Config;
use crate::desired::{DeploymentKey, Desired};
use crate::error::{Failure, ReadServerError};
use crate::lock::{Attempt, LockError, STATE_FOLDER, WorkspaceLock};
use crate::observe::observe;
use crate::plan::{ArtifactPlan, MissingPools, Plan, plan};
use crate::report::progress::Progress;
use crate::report::tell;
use crate::selection::Selection;
use crate::target::{Connection, Target};
use crate::{LinkedPackage, Workspace};

/// Looks at a lock whose holder has not named itself yet.
const NAMELESS_ATTEMPTS: u32 = 10;

/// Pause between two of these looks.
const NAMELESS_PAUSE: Duration = Duration::from_millis(20);

/// The command cannot be carried out as it was given.
#[derive(Debug, thiserror::Error)]
pub(super) enum RequestError {
    #[error("no deployment fits `{selection}`")]
    NothingSelected {
        selection: Selection,
        existing: Vec<String>,
    },
    #[error("`apply --no-build` has no programs to store")]
    NoArtifacts,
    #[error(
        "deployment `{deployment}` is to be stored in `{storage}`, but only local folders can be used so far"
    )]
    Storage {
        deployment: DeploymentKey,
        storage: StorageUrl,
    },
}

impl Explain for RequestError {
    fn help(&self) -> Option<String> {
        Some(match self {
            Self::NothingSelected { existing, .. } => {
                format!("the workspace has {}", existing.join(", "))
            }
            Self::NoArtifacts => "name their folder with `--artifacts`".to_owned(),
            Self::Storage { .. } => "write the path of a folder, or leave `storage` out".to_owned(),
        })
    }
}

/// The deployments that a command is about.
pub(super) struct Chosen<'a> {
    workspace: &'a Workspace,
    registry: &'a Registry,
    /// Sorted, each with the package that it is part of.
    records: Vec<(&'static DeploymentRecord, &'static LinkedPackage)>,
    /// Whether these are all of the workspace.
    all: bool,
}

impl<'a> Chosen<'a> {
    /// Picks the deployments that fit the selection.
    ///
    /// # Errors
    /// None fits.
    pub(super) fn new(
        workspace: &'a Workspace,
        registry: &'a Registry,
        selection: Option<&Selection>,
    ) -> Result<Self, RequestError> {
        let mut records = Vec::new();
        let mut existing = Vec::new();
        for record in &registry.deployments {
            let packages = workspace.packages.iter();
            let Some(package) = packages
                .into_iter()
                .find(|package| package.name == record.flow.package)
            else {
                continue;
            };
            let (flow, name) = (record.flow.name.as_str(), record.name.as_str());
            existing.push(format!("`{}/{flow}/{name}`", package.project()));
            if selection.is_none_or(|selection| selection.fits(package.project(), flow, name)) {
                records.push((*record, package));
            }
        }
        match selection {
            Some(selection) if records.is_empty() => Err(RequestError::NothingSelected {
                selection: selection.clone(),
                existing,
            }),
            _ => Ok(Self {
                workspace,
                registry,
                records,
                all: selection.is_none(),
            }),
        }
    }

    /// The chosen deployments as declared, without artifacts.
    ///
    /// # Errors
    /// All that is wrong in the declarations.
    pub(super) fn declared(&self, config: &Config) -> Result<Vec<Desired>, Failure> {
        self.desired(config, &[])
    }

    fn desired(&self, config: &Config, uploads: &[Upload]) -> Result<Vec<Desired>, Failure> {
        let mut problems = Vec::new();
        let mut all = Vec::new();
        for (index, (record, package)) in self.records.iter().enumerate() {
            let stored = uploads.get(index).map(Upload::stored);
            match Desired::new(record, package, config, stored) {
                Ok(desired) => all.push(desired),
                Err(problem) => problems.push(problem),
            }
        }
        Failure::unless_empty(problems)?;
        Ok(all)
    }

    /// The packages of the chosen deployments.
    fn packages(&self) -> Vec<&'static LinkedPackage> {
        let workspace = self.workspace.packages.iter();
        workspace
            .filter(|package| self.records.iter().any(|(_, of)| of.name == package.name))
            .collect()
    }

    /// Where the artifact of each chosen deployment is stored.
    fn destinations(&self, root: &Path, config: &Config) -> Result<Vec<Destination>, Failure> {
        let mut problems = Vec::new();
        let mut all = Vec::new();
        for (record, package) in &self.records {
            let folder = match record.storage.as_ref().or(config.defaults.storage.as_ref()) {
                None => root.join(STATE_FOLDER).join("artifacts"),
                Some(storage) => match storage.location() {
                    StorageLocation::Folder(folder) => root.join(folder),
                    _ => {
                        problems.push(RequestError::Storage {
                            deployment: DeploymentKey::of(record),
                            storage: storage.clone(),
                        });
                        continue;
                    }
                },
            };
            let path = record.path.as_ref().map_or(package.folder, AsRef::as_ref);
            all.push(Destination {
                store: LocalStore::new(folder),
                path: path.to_owned(),
            });
        }
        Failure::unless_empty(problems)?;
        Ok(all)
    }
}

/// A folder in a store.
struct Destination {
    store: LocalStore,
    path: String,
}

/// A plan and what is needed to carry it out.
pub(super) struct Ready {
    pub(super) connection: Connection,
    pub(super) plan: Plan,
    pub(super) uploads: Vec<Upload>,
    /// Held until the command is done.
    _lock: WorkspaceLock,
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
    command: Command,
    options: &Options,
) -> Result<Ready, Failure> {
    if command == Command::Apply && options.no_build && options.artifacts.is_none() {
        return Err(RequestError::NoArtifacts.into());
    }
    let destinations = chosen.destinations(root, config)?;
    let lock = lock(root).await?;
    let connection = target.connect().await?;
    let artifacts = artifacts(root, config, chosen, target, options).await?;
    let uploads = uploads(chosen, &artifacts, destinations);
    let desired = chosen.desired(config, &uploads)?;
    let observed = observe(&connection.client, &desired, &config.owner_tag())
        .await
        .map_err(ReadServerError::from)?;
    let missing_pools = if target.is_embedded() {
        MissingPools::CreateAny
    } else if options.create_pools {
        MissingPools::Create
    } else {
        MissingPools::Refuse
    };
    let planned = plan(
        desired,
        &observed,
        artifact_plans(&uploads),
        config,
        missing_pools,
        chosen.all,
    );
    match planned {
        Ok(plan) => Ok(Ready {
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

/// Takes the workspace's lock, waiting for another command if need be.
async fn lock(root: &Path) -> Result<WorkspaceLock, LockError> {
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
    options: &Options,
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
            (None, folder) => prebuilt(folder.as_deref().unwrap_or(root), package),
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

fn prebuilt(folder: &Path, package: &LinkedPackage) -> PathBuf {
    folder.join(format!(
        "{}{}",
        package.binary,
        std::env::consts::EXE_SUFFIX
    ))
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
