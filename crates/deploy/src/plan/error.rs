//! Why the declared set cannot be put onto a server.

use longshore::record::SourceLocation;
use longshore_spec::Explain;
use longshore_spec::kubernetes::attribute_of;

use super::prefect2::UnsupportedError;
use crate::desired::{Declaration, DeploymentKey};

/// Names that are shown in one error text.
const SHOWN_NAMES: usize = 10;

/// The declared set cannot be put onto this server.
#[derive(Debug, thiserror::Error)]
pub(crate) enum PlanError {
    #[error(
        "work pool `{pool}` is not on the server; deployments that name it: {}",
        joined_with_places(deployments)
    )]
    NoSuchPool {
        pool: String,
        deployments: Vec<Declaration>,
        existing: Vec<String>,
    },
    #[error("work pool `{pool}` of type `{kind}` cannot be made from here")]
    NoTemplate { pool: String, kind: String },
    #[error("work pool `{pool}` of type `kubernetes` needs an image of `longshore-run`")]
    NoRunnerImage { pool: String },
    #[error(
        "queue `{queue}` is not in work pool `{pool}`, which has `{similar}`; deployments that name it: {}",
        joined_with_places(deployments)
    )]
    SimilarQueue {
        pool: String,
        queue: String,
        similar: String,
        deployments: Vec<Declaration>,
    },
    #[error(
        "deployment `{deployment}` at {place}: work pool `{pool}` has no job variable `{variable}`{}",
        attribute_of(variable).map(|key| format!(", which `{key}` sets")).unwrap_or_default()
    )]
    UnknownVariable {
        deployment: DeploymentKey,
        place: SourceLocation,
        pool: String,
        variable: String,
        nearest: Option<String>,
        declared: Vec<String>,
    },
    #[error(
        "deployment `{deployment}` at {place}: {} not fit the job template of work pool `{pool}`: {message}",
        subject(variable, origin.as_deref())
    )]
    VariableValue {
        deployment: DeploymentKey,
        place: SourceLocation,
        pool: String,
        /// Empty if the variables do not fit as a whole.
        variable: String,
        /// Where the value comes from, if not from the attribute.
        origin: Option<String>,
        message: String,
    },
    #[error(
        "deployment {deployment}: the deployment of this name on the server belongs to another owner, `{owner}`"
    )]
    OtherOwner {
        deployment: Declaration,
        owner: String,
    },
    #[error(
        "deployment {deployment}: the deployment of this name on the server belongs to another environment of this \
         workspace, `{owner}`"
    )]
    OtherEnvironment {
        deployment: Declaration,
        owner: String,
    },
    #[error(
        "deployment {deployment}: a deployment of this name is on the server already, and no Longshore workspace \
         created it"
    )]
    HandMade { deployment: Declaration },
    #[error(
        "deployment `{deployment}` at {place}: work pool `{pool}` runs programs for {wanted}, its artifact is for {found}"
    )]
    OtherMachine {
        deployment: DeploymentKey,
        place: SourceLocation,
        pool: String,
        wanted: String,
        found: String,
    },
    #[error(
        "deployment `{deployment}` at {place}: the image `{image}` has {found}, its flow binary needs {needed}"
    )]
    OtherImage {
        deployment: DeploymentKey,
        place: SourceLocation,
        image: String,
        found: String,
        needed: String,
    },
    #[error(transparent)]
    Unsupported(#[from] UnsupportedError),
    #[error("deployments {first} and {second} are both renamed from `{former}`")]
    RenamedTwice {
        former: DeploymentKey,
        first: Declaration,
        second: Declaration,
    },
    #[error(
        "`--prune` would delete {} of the {owned} deployments that this workspace has on the server ({} %), \
         more than {limit} %: {}",
        removals.len(),
        percent(removals.len(), *owned),
        joined(removals)
    )]
    TooManyRemovals {
        removals: Vec<DeploymentKey>,
        owned: usize,
        limit: u8,
    },
}

fn subject(variable: &str, origin: Option<&str>) -> String {
    match (variable, origin) {
        ("", _) => "the job variables do".to_owned(),
        (name, None) => match attribute_of(name) {
            Some(key) => format!("`{key}`, job variable `{name}`, does"),
            None => format!("job variable `{name}` does"),
        },
        (name, Some(origin)) => format!("job variable `{name}`, from {origin}, does"),
    }
}

/// The least percentage that allows `part` of `whole`.
fn percent(part: usize, whole: usize) -> usize {
    (part * 100).div_ceil(whole.max(1))
}

pub(crate) fn joined(deployments: &[DeploymentKey]) -> String {
    let names = deployments.iter().map(|key| format!("`{key}`"));
    first_of(names.collect())
}

fn joined_with_places(deployments: &[Declaration]) -> String {
    first_of(deployments.iter().map(Declaration::to_string).collect())
}

fn first_of(mut names: Vec<String>) -> String {
    let more = names.len().saturating_sub(SHOWN_NAMES);
    names.truncate(SHOWN_NAMES);
    match more {
        0 => names.join(", "),
        _ => format!("{} and {more} more", names.join(", ")),
    }
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
            Self::NoRunnerImage { pool } => format!(
                "add `runner_image = \"registry/longshore-run:tag\"` to `[pools.{pool}]` of longshore.toml; docs/kubernetes.md shows how to build it"
            ),
            Self::NoTemplate { pool, kind } => {
                format!("run `prefect work-pool create {pool} --type {kind}`")
            }
            Self::SimilarQueue { similar, .. } => {
                format!("write `{similar}`, or give `--create-queues` if a new queue is meant")
            }
            Self::UnknownVariable {
                nearest: Some(nearest),
                ..
            } => format!("write `{nearest}`"),
            Self::UnknownVariable { pool, declared, .. } => format!(
                "the job template of `{pool}` has `{}`",
                declared.join("`, `")
            ),
            Self::VariableValue { variable, .. } if variable.is_empty() => {
                "correct them, or the schema `variables` in the job template".to_owned()
            }
            Self::VariableValue { variable, .. } => format!(
                "correct the value, or the schema of `{variable}` in the job template"
            ),
            Self::OtherMachine { pool, .. } => format!(
                "build on such a machine and give `--no-build --artifacts`, or correct `[build] target` or \
                 `[pools.{pool}] target` in longshore.toml"
            ),
            Self::OtherImage { .. } => "set `static = true` in `[build]` of longshore.toml, use another image, or build \
                                        on a system that is as old as the image"
                .to_owned(),
            Self::OtherOwner { .. } => {
                "rename the flow or the deployment, or deploy it from the workspace that owns it"
                    .to_owned()
            }
            Self::OtherEnvironment { .. } => {
                "give the environment a `suffix` in longshore.toml, or a server of its own by `profile`"
                    .to_owned()
            }
            Self::HandMade { .. } => {
                "`--adopt` takes it over and makes it as declared; else rename one of the two"
                    .to_owned()
            }
            Self::RenamedTwice { .. } => "take `renamed_from` out of one of them".to_owned(),
            Self::TooManyRemovals {
                removals, owned, ..
            } => format!(
                "if that is meant, give `--prune-limit {}`",
                percent(removals.len(), *owned)
            ),
        })
    }
}
