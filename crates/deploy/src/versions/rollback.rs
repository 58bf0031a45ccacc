//! Points a deployment to another stored version of its program.

use longshore_prefect::{Capabilities, Deployment, ScheduleWrite};
use longshore_spec::Explain;
use longshore_storage::Digest;
use serde_json::{Map, Value, json};

use super::Version;
use crate::desired::{DeploymentKey, Desired, StoredArtifact};
use crate::error::Failure;
use crate::fields::Fields;
use crate::judge::{Judge, Mismatch};

/// Beginning of the tag of a deployment that was rolled back; what follows is the version that it had before.
const TAG: &str = "longshore-rollback:";

/// The deployment cannot be pointed to that version.
#[derive(Debug, thiserror::Error)]
pub(crate) enum RollbackError {
    #[error("the store `{storage}` holds no version of the program of `{deployment}`")]
    NoVersions {
        deployment: DeploymentKey,
        storage: String,
    },
    #[error("deployment `{deployment}` on the server names no artifact")]
    NoArtifact { deployment: DeploymentKey },
    #[error("no stored version of `{deployment}` begins with `{wanted}`")]
    Unknown {
        deployment: DeploymentKey,
        wanted: String,
        known: Vec<String>,
    },
    #[error("`{wanted}` is the beginning of several versions: {}", found.join(", "))]
    Ambiguous { wanted: String, found: Vec<String> },
    #[error("there is no version of `{deployment}` before `{current}`, which is deployed")]
    NoOlder {
        deployment: DeploymentKey,
        current: String,
        known: Vec<String>,
    },
    #[error("version `{version}` has no flow `{flow}`")]
    NoFlow { version: String, flow: String },
    #[error("version `{version}` does not take {what} of `{deployment}`: {message}")]
    Parameters {
        deployment: DeploymentKey,
        version: String,
        what: String,
        message: String,
    },
    #[error("the manifest of version `{version}` has no usable parameter schema: {message}")]
    Schema { version: String, message: String },
}

impl Explain for RollbackError {
    fn help(&self) -> Option<String> {
        match self {
            Self::NoVersions { .. } => {
                Some("name the store that was deployed to with `--storage`".to_owned())
            }
            Self::NoArtifact { .. } => Some("run `deploy` first".to_owned()),
            Self::Unknown { known, .. } | Self::NoOlder { known, .. } => {
                Some(format!("`--to` takes one of {}", known.join(", ")))
            }
            Self::Ambiguous { .. } => Some("write more of its digits".to_owned()),
            Self::NoFlow { .. } | Self::Schema { .. } => {
                Some("choose another version with `--to`".to_owned())
            }
            Self::Parameters { .. } => Some(
                "choose another version with `--to`, or change the parameters and deploy"
                    .to_owned(),
            ),
        }
    }
}

/// The digest of the program that a stored deployment names.
pub(crate) fn deployed(stored: &Deployment) -> Option<Digest> {
    stored.job_variables.get("sha256")?.as_str()?.parse().ok()
}

/// The version that a deployment had before it was rolled back, if it was.
pub(crate) fn rolled_back_from(stored: &Deployment) -> Option<&str> {
    stored.tags.iter().find_map(|tag| tag.strip_prefix(TAG))
}

/// The version that is meant: the one whose digest begins with `wanted`, else the newest that is older than `current`.
///
/// # Errors
/// There is none, or there are several.
pub(crate) fn choose<'a>(
    versions: &'a [Version],
    wanted: Option<&str>,
    current: Digest,
    deployment: &DeploymentKey,
) -> Result<&'a Version, RollbackError> {
    let known = || {
        versions
            .iter()
            .map(|version| version.digest.short())
            .collect()
    };
    let Some(wanted) = wanted else {
        let position = versions
            .iter()
            .position(|version| version.digest == current);
        let older = position.and_then(|position| versions.get(position + 1));
        return older.ok_or_else(|| RollbackError::NoOlder {
            deployment: deployment.clone(),
            current: current.short(),
            known: known(),
        });
    };
    let begins = |version: &&Version| version.digest.to_string().starts_with(wanted);
    let found: Vec<&Version> = versions.iter().filter(begins).collect();
    match found.as_slice() {
        [] => Err(RollbackError::Unknown {
            deployment: deployment.clone(),
            wanted: wanted.to_owned(),
            known: known(),
        }),
        [version] => Ok(version),
        several => Err(RollbackError::Ambiguous {
            wanted: wanted.to_owned(),
            found: several
                .iter()
                .map(|version| version.digest.short())
                .collect(),
        }),
    }
}

/// The deployment as it is on the server, but with another version of its program.
///
/// # Errors
/// Every reason why that version cannot run with what the deployment has.
pub(crate) fn repointed(
    declared: Desired,
    stored: &Deployment,
    version: &Version,
    capabilities: &Capabilities,
) -> Result<Desired, Failure> {
    let mut fields = Fields::stored(stored);
    let flows = version.manifest["flows"].as_array();
    let mut flows = flows.into_iter().flatten();
    let Some(flow) = flows.find(|flow| flow["name"] == declared.key.flow.as_str()) else {
        return Err(RollbackError::NoFlow {
            version: version.digest.short(),
            flow: declared.key.flow,
        }
        .into());
    };
    check_parameters(&declared.key, stored, version, flow)?;
    let written = flow["version"].as_str();
    fields.version = Some(written.map_or_else(|| version.digest.short(), str::to_owned));
    if let (Some(file), Some(function)) =
        (flow["source"]["file"].as_str(), flow["function"].as_str())
    {
        fields.entrypoint = Some(format!("{file}:{function}"));
    }
    fields.parameter_openapi_schema = flow["parameter_schema"].clone();
    repoint_variables(&mut fields.job_variables, version);
    let former = deployed(stored).map(|digest| digest.short());
    let original = rolled_back_from(stored).map(str::to_owned).or(former);
    fields.tags.retain(|tag| !tag.starts_with(TAG));
    if let Some(original) = original.filter(|original| *original != version.digest.short()) {
        fields.tags.push(format!("{TAG}{original}"));
        fields.tags.sort();
    }
    let artifact = StoredArtifact {
        location: version.location.clone(),
        digest: version.digest,
        executable: None,
    };
    Ok(declared.with(fields, kept_schedules(stored, capabilities), artifact))
}

fn repoint_variables(variables: &mut Map<String, Value>, version: &Version) {
    variables.insert("artifact".to_owned(), json!(version.location));
    variables.insert("sha256".to_owned(), json!(version.digest.to_string()));
}

/// The schedules as they are; those that were made by hand are only named where the server cannot tell them apart.
fn kept_schedules(stored: &Deployment, capabilities: &Capabilities) -> Vec<ScheduleWrite> {
    let ours = stored
        .schedules
        .iter()
        .filter(|schedule| !capabilities.schedule_slugs() || schedule.slug.is_some());
    ours.map(|schedule| ScheduleWrite {
        schedule: schedule.schedule.clone(),
        active: None,
        slug: schedule.slug.clone(),
        parameters: Some(schedule.parameters.clone()),
    })
    .collect()
}

/// Judges the parameters of the deployment and of its schedules by the schema of that version.
fn check_parameters(
    deployment: &DeploymentKey,
    stored: &Deployment,
    version: &Version,
    flow: &Value,
) -> Result<(), Failure> {
    let mut schema = flow["parameter_schema"].clone();
    if let Some(schema) = schema.as_object_mut() {
        // A run may name what the deployment leaves open, but not what the flow does not know.
        schema.remove("required");
        schema.insert("additionalProperties".to_owned(), json!(false));
    }
    let judge = Judge::new(schema).map_err(|error| RollbackError::Schema {
        version: version.digest.short(),
        message: error.to_string(),
    })?;
    let of_schedules = stored.schedules.iter().map(|schedule| {
        let slug = schedule.slug.as_deref().unwrap_or("without a slug");
        let what = format!("the parameters of schedule `{slug}`");
        (what, &schedule.parameters)
    });
    let own = ("the parameters".to_owned(), &stored.parameters);
    let mut problems = Vec::new();
    for (what, parameters) in [own].into_iter().chain(of_schedules) {
        let found = judge.mismatches(&Value::Object(parameters.clone()));
        problems.extend(found.into_iter().map(|found| RollbackError::Parameters {
            deployment: deployment.clone(),
            version: version.digest.short(),
            what: what.clone(),
            message: at_its_place(found),
        }));
    }
    Failure::unless_empty(problems)
}

fn at_its_place(Mismatch { path, message }: Mismatch) -> String {
    if path.is_empty() {
        message
    } else {
        format!("`{path}`: {message}")
    }
}
