//! Asks before the first write to a server that a profile names: the active profile may be another one than thought.

use std::collections::BTreeSet;
use std::io;

use longshore_prefect::{Client, DeploymentFilter, Error};
use longshore_spec::Explain;

use super::answer::{can_ask, read_answer};
use crate::config::Config;
use crate::desired::Desired;
use crate::error::{Failure, ReadServerError};
use crate::report::tell;
use crate::target::Target;

/// Nothing was written.
#[derive(Debug, thiserror::Error)]
enum FirstContactError {
    #[error(
        "the server of profile `{profile}` has nothing of workspace `{workspace}` yet, and there is no terminal to ask on"
    )]
    NoTerminal { profile: String, workspace: String },
    #[error("the answer is not `yes`; nothing was written")]
    NotConfirmed,
    #[error("the answer cannot be read; nothing was written")]
    ReadAnswer(#[source] io::Error),
}

impl Explain for FirstContactError {
    fn help(&self) -> Option<String> {
        match self {
            Self::NoTerminal { .. } => Some(
                "if this server is meant, give `--yes`; else name another with PREFECT_PROFILE or PREFECT_API_URL"
                    .to_owned(),
            ),
            Self::NotConfirmed | Self::ReadAnswer(_) => None,
        }
    }
}

/// Asks, if the target comes from a profile and has nothing of this workspace; then whatever is declared would be
/// created there, so that it can be asked before anything is built.
///
/// # Errors
/// Nobody has agreed, or the server cannot be asked.
pub(super) async fn confirm(
    client: &Client,
    target: &Target,
    config: &Config,
    declared: &[Desired],
) -> Result<(), Failure> {
    let Some(profile) = target.profile() else {
        return Ok(());
    };
    let has_some = has_some(client, config, declared).await;
    if has_some.map_err(ReadServerError::from)? {
        return Ok(());
    }
    let workspace = &config.workspace;
    if !can_ask() {
        return Err(FirstContactError::NoTerminal {
            profile: profile.to_owned(),
            workspace: workspace.clone(),
        }
        .into());
    }
    tell(&format!(
        "the server of profile `{profile}` has nothing of workspace `{workspace}` yet; type `yes` to deploy there \
         ({} declared):",
        declared.len()
    ));
    let answer = read_answer().await.map_err(FirstContactError::ReadAnswer)?;
    if answer == "yes" {
        Ok(())
    } else {
        Err(FirstContactError::NotConfirmed.into())
    }
}

/// Whether a deployment has the tag of one of the workspace's environments: of those that the file names, whatever its
/// flow; of a preview, if it is of a flow that is declared.
async fn has_some(client: &Client, config: &Config, declared: &[Desired]) -> Result<bool, Error> {
    let mut tags = config.known_owner_tags();
    tags.push(config.owner_tag());
    for tag in tags {
        let owned = DeploymentFilter {
            tags_all: vec![tag],
            ..DeploymentFilter::default()
        };
        if !client.deployments(&owned).await?.is_empty() {
            return Ok(true);
        }
    }
    let flows: BTreeSet<&str> = declared
        .iter()
        .map(|desired| desired.key.flow.as_str())
        .collect();
    let of_flows = DeploymentFilter {
        flow_names: Some(flows.into_iter().map(str::to_owned).collect()),
        ..DeploymentFilter::default()
    };
    let found = client.deployments(&of_flows).await?;
    let prefix = config.tag_prefix();
    let mut tags = found.iter().flat_map(|deployment| &deployment.tags);
    Ok(tags.any(|tag| tag.starts_with(&prefix)))
}
