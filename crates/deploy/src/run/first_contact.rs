//! Asks before the first write to a server that a profile names: the active profile may be another one than thought.

use std::io;

use longshore_prefect::{Client, DeploymentFilter, Error};
use longshore_spec::Explain;

use super::answer::{can_ask, read_answer};
use super::steps::Ready;
use crate::config::Config;
use crate::error::{Failure, ReadServerError};
use crate::report::{plan_text, tell};
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

/// Asks, if the target comes from a profile, has nothing of this workspace, and would be written to.
///
/// # Errors
/// Nobody has agreed, or the server cannot be asked.
pub(super) async fn confirm(
    ready: &Ready,
    target: &Target,
    config: &Config,
    yes: bool,
) -> Result<(), Failure> {
    let Some(profile) = target.profile() else {
        return Ok(());
    };
    if yes || ready.plan.is_empty() || ready.is_known {
        return Ok(());
    }
    let has_some = has_some(&ready.connection.client, config).await;
    if has_some.map_err(ReadServerError::from)? {
        return Ok(());
    }
    tell(plan_text::plan(&ready.plan).trim_end());
    let workspace = &config.workspace;
    if !can_ask() {
        return Err(FirstContactError::NoTerminal {
            profile: profile.to_owned(),
            workspace: workspace.clone(),
        }
        .into());
    }
    tell(&format!(
        "the server of profile `{profile}` has nothing of workspace `{workspace}` yet; type `yes` to go on:"
    ));
    let answer = read_answer().await.map_err(FirstContactError::ReadAnswer)?;
    if answer == "yes" {
        Ok(())
    } else {
        Err(FirstContactError::NotConfirmed.into())
    }
}

/// Whether a deployment has the tag of one of the workspace's environments, whatever flow it is of.
async fn has_some(client: &Client, config: &Config) -> Result<bool, Error> {
    for tag in config.known_owner_tags() {
        let owned = DeploymentFilter {
            tags_all: vec![tag],
            ..DeploymentFilter::default()
        };
        if !client.deployments(&owned).await?.is_empty() {
            return Ok(true);
        }
    }
    Ok(false)
}
