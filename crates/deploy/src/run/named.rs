//! The deployment that a command line names.

use longshore::record::DeploymentRecord;
use longshore_prefect::Deployment;
use longshore_spec::{Explain, suggest};

use super::Flows;
use super::session::Session;
use crate::desired::DeploymentKey;
use crate::error::{Failure, ReadServerError};
use crate::registry::problems;

/// There is no such deployment here or on the server.
#[derive(Debug, thiserror::Error)]
pub(super) enum NamedError {
    #[error("the workspace declares no deployment `{name}`")]
    Undeclared { name: String, known: Vec<String> },
    #[error("deployment `{deployment}` is not on the server")]
    NotDeployed {
        deployment: DeploymentKey,
        environment: Option<String>,
    },
    #[error("deployment `{deployment}` on the server has not the tag `{tag}`")]
    OtherOwner {
        deployment: DeploymentKey,
        tag: String,
    },
}

impl Explain for NamedError {
    fn help(&self) -> Option<String> {
        Some(match self {
            Self::Undeclared { name, known } => {
                match suggest::nearest(name, known.iter().map(String::as_str)) {
                    Some(nearest) => format!("write `{nearest}`"),
                    None => format!("it has `{}`", known.join("`, `")),
                }
            }
            Self::NotDeployed { environment, .. } => match environment {
                Some(environment) => format!("run `deploy --env {environment}` first"),
                None => {
                    "run `deploy` first; for a deployment of an environment give `--env`".to_owned()
                }
            },
            Self::OtherOwner { .. } => {
                "it belongs to somebody else; use Prefect's own command or its UI".to_owned()
            }
        })
    }
}

/// The deployment that is meant: by its name as declared, else with the suffix of the environment.
///
/// # Errors
/// The registry has mistakes, or there is no such deployment.
pub(super) fn declared(
    flows: &Flows<'_>,
    name: &str,
) -> Result<&'static DeploymentRecord, Failure> {
    Failure::unless_empty(problems(flows.registry, flows.workspace.packages))?;
    let declared = &flows.registry.deployments;
    let as_declared = |record: &DeploymentRecord| format!("{}/{}", record.flow.name, record.name);
    let by_name = declared.iter().find(|record| as_declared(record) == name);
    let with_suffix =
        |record: &&&DeploymentRecord| DeploymentKey::of(record, flows.config).to_string() == name;
    let found = by_name.or_else(|| declared.iter().find(with_suffix));
    found.copied().ok_or_else(|| {
        NamedError::Undeclared {
            name: name.to_owned(),
            known: declared.iter().map(|record| as_declared(record)).collect(),
        }
        .into()
    })
}

/// The deployment on the server, which must be of this workspace and environment.
///
/// # Errors
/// The server cannot be reached, or the deployment is not there or not ours.
pub(super) async fn stored(
    flows: &Flows<'_>,
    session: &Session,
    record: &DeploymentRecord,
) -> Result<Deployment, Failure> {
    let key = DeploymentKey::of(record, flows.config);
    let client = &session.connection.client;
    let found = client.deployment_by_name(&key.flow, &key.deployment).await;
    let Some(stored) = found.map_err(ReadServerError::from)? else {
        let environment = flows.config.environment.as_ref();
        return Err(NamedError::NotDeployed {
            deployment: key,
            environment: environment.map(|environment| environment.name.to_string()),
        }
        .into());
    };
    let tag = flows.config.owner_tag();
    if !stored.tags.contains(&tag) {
        return Err(NamedError::OtherOwner {
            deployment: key,
            tag,
        }
        .into());
    }
    Ok(stored)
}
