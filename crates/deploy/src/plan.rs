//! What has to be done so that the server has what is declared: a value, made without any call.

mod draft4;
pub(crate) mod matching;
mod prefect2;
pub(crate) mod schedules;

use longshore_prefect::{
    Capabilities, Deployment, DeploymentUpdate, DeploymentWrite, WorkPoolWrite,
};
use longshore_spec::Explain;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use crate::config::Config;
use crate::desired::{DeploymentKey, Desired};
use crate::error::Failure;
use crate::fields::{FieldChange, Fields};
use crate::observe::Observed;
use matching::Matching;
use prefect2::UnsupportedError;
use schedules::ScheduleChange;

/// Beginning of the tags that name an owner.
const OWNER_PREFIX: &str = "longshore:";

/// Type of the pools whose workers start a process on their own machine.
const PROCESS: &str = "process";

/// Everything that an apply would do.
#[derive(Debug, Clone)]
pub(crate) struct Plan {
    pub(crate) pools: Vec<WorkPoolWrite>,
    pub(crate) artifacts: Vec<ArtifactPlan>,
    pub(crate) deployments: Vec<DeploymentPlan>,
    /// Deployments of this owner that are no longer declared; they are reported, never touched.
    pub(crate) orphans: Vec<DeploymentKey>,
}

/// A package's artifact and whether it has to be stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ArtifactPlan {
    pub(crate) package: &'static str,
    pub(crate) location: String,
    pub(crate) store: bool,
}

/// A deployment and what has to be done with it.
#[derive(Debug, Clone)]
pub(crate) struct DeploymentPlan {
    pub(crate) desired: Desired,
    pub(crate) action: Action,
    /// Whether the scheduler makes no runs for it once the plan is carried out.
    pub(crate) paused: bool,
    /// Slugs of its schedules that make no runs then.
    pub(crate) inactive: Vec<String>,
}

/// What happens about a work pool that is not on the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum MissingPools {
    /// It is an error.
    Refuse,
    /// It is made, if we have a job template for its type.
    Create,
    /// It is made, of any type: no worker reads templates of the embedded server.
    CreateAny,
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
}

/// The declared set cannot be put onto this server.
#[derive(Debug, thiserror::Error)]
pub(crate) enum PlanError {
    #[error(
        "work pool `{pool}` is not on the server; deployments that name it: {}",
        joined(deployments)
    )]
    NoSuchPool {
        pool: String,
        deployments: Vec<DeploymentKey>,
        existing: Vec<String>,
    },
    #[error("work pool `{pool}` of type `{kind}` cannot be made from here")]
    NoTemplate { pool: String, kind: String },
    #[error("deployment `{deployment}` on the server belongs to another owner, `{owner}`")]
    OtherOwner {
        deployment: DeploymentKey,
        owner: String,
    },
    #[error(transparent)]
    Unsupported(#[from] UnsupportedError),
}

fn joined(deployments: &[DeploymentKey]) -> String {
    let names: Vec<String> = deployments.iter().map(|key| format!("`{key}`")).collect();
    names.join(", ")
}

impl Explain for PlanError {
    fn help(&self) -> Option<String> {
        Some(match self {
            Self::Unsupported(error) => return error.help(),
            Self::NoSuchPool { existing, .. } if existing.is_empty() => {
                "the server has no pools; `--create-pools` makes it".to_owned()
            }
            Self::NoSuchPool { existing, .. } => format!(
                "the server has `{}`; `--create-pools` makes the missing one",
                existing.join("`, `")
            ),
            Self::NoTemplate { pool, kind } => {
                format!("run `prefect work-pool create {pool} --type {kind}`")
            }
            Self::OtherOwner { .. } => {
                "rename the flow or the deployment, or deploy it from the workspace that owns it"
                    .to_owned()
            }
        })
    }
}

/// Finds what this server cannot store, as far as that is known before anything is built.
///
/// # Errors
/// Everything that it cannot store.
pub(crate) fn check_supported(
    mut declared: Vec<Desired>,
    config: &Config,
    capabilities: &Capabilities,
) -> Result<(), Failure> {
    Failure::unless_empty(prefect2::express(&mut declared, config, capabilities))
}

/// Compares what is declared with what the server has.
///
/// # Errors
/// Every reason why the declared set cannot be put onto this server.
pub(crate) fn plan(
    mut desired: Vec<Desired>,
    observed: &Observed,
    artifacts: Vec<ArtifactPlan>,
    config: &Config,
    create_pools: MissingPools,
    with_orphans: bool,
) -> Result<Plan, Failure> {
    let mut problems = Vec::new();
    let pools = missing_pools(&desired, observed, config, create_pools, &mut problems);
    let owner_tag = config.owner_tag();
    for desired in &desired {
        problems.extend(other_owner(desired, observed, &owner_tag));
    }
    let unsupported = prefect2::express(&mut desired, config, &observed.capabilities);
    problems.extend(unsupported.into_iter().map(PlanError::from));
    let orphans = observed
        .deployments
        .iter()
        .filter(|(key, stored)| {
            with_orphans
                && stored.tags.contains(&owner_tag)
                && desired.iter().all(|desired| desired.key != **key)
        })
        .map(|(key, _)| key.clone())
        .collect();
    let mut deployments = Vec::new();
    for desired in desired {
        match deployment_plan(desired, observed) {
            Ok(deployment) => deployments.push(deployment),
            Err(problem) => problems.push(problem.into()),
        }
    }
    Failure::unless_empty(problems)?;
    Ok(Plan {
        pools,
        artifacts,
        deployments,
        orphans,
    })
}

impl Plan {
    /// Whether an apply would write nothing at all.
    pub(crate) fn is_empty(&self) -> bool {
        self.pools.is_empty()
            && self.artifacts.iter().all(|artifact| !artifact.store)
            && self
                .deployments
                .iter()
                .all(|deployment| matches!(deployment.action, Action::Unchanged))
    }
}

fn deployment_plan(
    desired: Desired,
    observed: &Observed,
) -> Result<DeploymentPlan, UnsupportedError> {
    let stored = observed.deployments.get(&desired.key);
    let was_paused = stored.is_some_and(|stored| stored.paused);
    let matching = Matching::new(
        stored.map_or(&[], |stored| &stored.schedules),
        &desired.schedules,
        &observed.capabilities,
    );
    let matching = matching.map_err(|unknown| UnsupportedError::pause(&desired, unknown))?;
    Ok(DeploymentPlan {
        paused: desired.fields.paused.unwrap_or(was_paused),
        inactive: schedules::inactive(&matching),
        action: match stored {
            None => Action::Create,
            Some(stored) => update(&desired, stored, &matching, &observed.capabilities),
        },
        desired,
    })
}

fn update(
    desired: &Desired,
    stored: &Deployment,
    matching: &Matching<'_>,
    capabilities: &Capabilities,
) -> Action {
    let mut changes = desired.fields.changes_from(&Fields::stored(stored));
    changes.retain(|change| !desired.is_unknown(&change.field));
    let schedules = schedules::changes(matching);
    if changes.is_empty() && schedules.is_empty() {
        return Action::Unchanged;
    }
    let fields = desired.fields.update(&changes);
    let (fields, whole) =
        match prefect2::narrowest(fields, &changes, desired, stored, matching, capabilities) {
            Ok(fields) => (fields, None),
            Err(whole) => (DeploymentUpdate::default(), Some(whole)),
        };
    Action::Update(Box::new(Update {
        id: stored.id,
        changes,
        fields,
        schedules,
        whole,
    }))
}

fn missing_pools(
    desired: &[Desired],
    observed: &Observed,
    config: &Config,
    create: MissingPools,
    problems: &mut Vec<PlanError>,
) -> Vec<WorkPoolWrite> {
    let mut names: Vec<&String> = desired
        .iter()
        .filter_map(|desired| desired.fields.work_pool_name.as_ref())
        .filter(|name| !observed.pools.contains_key(*name))
        .collect();
    names.sort();
    names.dedup();
    let mut pools = Vec::new();
    for name in names {
        let kind = config.pool_type(name);
        if create == MissingPools::Create && kind != PROCESS {
            problems.push(PlanError::NoTemplate {
                pool: name.clone(),
                kind: kind.to_owned(),
            });
            continue;
        }
        if create != MissingPools::Refuse {
            pools.push(new_pool(name, kind));
            continue;
        }
        let users = desired
            .iter()
            .filter(|desired| desired.fields.work_pool_name.as_ref() == Some(name));
        problems.push(PlanError::NoSuchPool {
            pool: name.clone(),
            deployments: users.map(|desired| desired.key.clone()).collect(),
            existing: observed.pools.keys().cloned().collect(),
        });
    }
    pools
}

fn other_owner(desired: &Desired, observed: &Observed, owner_tag: &str) -> Option<PlanError> {
    let stored = observed.deployments.get(&desired.key)?;
    if stored.tags.iter().any(|tag| tag == owner_tag) {
        return None;
    }
    let owner = stored
        .tags
        .iter()
        .find(|tag| tag.starts_with(OWNER_PREFIX))?;
    Some(PlanError::OtherOwner {
        deployment: desired.key.clone(),
        owner: owner.clone(),
    })
}

/// A pool whose workers start the command of a job in an environment.
fn new_pool(name: &str, kind: &str) -> WorkPoolWrite {
    WorkPoolWrite {
        name: name.to_owned(),
        kind: kind.to_owned(),
        base_job_template: if kind == PROCESS {
            process_template()
        } else {
            json!({})
        },
        description: None,
        concurrency_limit: None,
    }
}

/// The job template of Prefect's process worker, with the variables of an artifact.
fn process_template() -> Value {
    let text = |title: &str| json!({ "title": title, "type": "string" });
    let texts = |title: &str| json!({ "title": title, "type": "object", "additionalProperties": { "type": "string" } });
    let used = [
        "command",
        "env",
        "labels",
        "name",
        "stream_output",
        "working_dir",
    ];
    let configuration: Map<String, Value> = used
        .iter()
        .map(|name| ((*name).to_owned(), json!(format!("{{{{ {name} }}}}"))))
        .collect();
    json!({
        "job_configuration": configuration,
        "variables": {
            "type": "object",
            "properties": {
                "artifact": text("Artifact"),
                "command": text("Command"),
                "env": texts("Environment Variables"),
                "labels": texts("Labels"),
                "name": text("Name"),
                "sha256": text("SHA-256"),
                "stream_output": { "title": "Stream Output", "type": "boolean", "default": true },
                "working_dir": { "title": "Working Directory", "type": "string", "format": "path" },
            },
        },
    })
}
