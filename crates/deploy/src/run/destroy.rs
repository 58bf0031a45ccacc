//! `destroy`: deletes every deployment of this workspace from the server.

use std::io;
use std::path::Path;

use longshore_spec::Explain;
use serde_json::json;

use super::answer::{can_ask, read_answer};
use super::{in_environment, print_applied, steps, tell_environment};
use crate::apply;
use crate::command_line::{DestroyArguments, Output};
use crate::config::Config;
use crate::error::{Failure, ReadServerError};
use crate::exit::Exit;
use crate::observe::observe;
use crate::plan::Plan;
use crate::report::progress::Progress;
use crate::report::{plan_text, print_json, tell, tell_lines};
use crate::target::{Connection, Target};

/// Nothing was deleted.
#[derive(Debug, thiserror::Error)]
enum DestroyError {
    #[error("{number} deployments would be deleted, and there is no terminal to ask on")]
    NoTerminal { number: usize },
    #[error("the answer is another one; nothing was deleted")]
    NotConfirmed,
    #[error("the answer cannot be read; nothing was deleted")]
    ReadAnswer(#[source] io::Error),
}

impl Explain for DestroyError {
    fn help(&self) -> Option<String> {
        match self {
            Self::NoTerminal { .. } => Some("if that is meant, give `--yes`".to_owned()),
            Self::NotConfirmed | Self::ReadAnswer(_) => None,
        }
    }
}

/// Shows what is there, asks, and deletes it.
///
/// # Errors
/// The server cannot be reached or refuses, or nobody has agreed.
pub(super) async fn run(
    root: &Path,
    config: &Config,
    arguments: &DestroyArguments,
    output: Output,
) -> Result<Exit, Failure> {
    let target = steps::target(root, config)?;
    tell_environment(config);
    let _lock = steps::lock(root).await?;
    let connection = target.connect().await?;
    let ended = destroy(&connection, &target, config, arguments, output).await;
    connection.close().await;
    ended
}

async fn destroy(
    connection: &Connection,
    target: &Target,
    config: &Config,
    arguments: &DestroyArguments,
    output: Output,
) -> Result<Exit, Failure> {
    let owner_tag = config.owner_tag();
    let observed = observe(&connection.client, &[], &owner_tag)
        .await
        .map_err(ReadServerError::from)?;
    let plan = Plan::destroy(&observed, &owner_tag);
    if plan.is_empty() {
        match output {
            Output::Text => tell(&format!(
                "nothing to destroy: no deployment has the tag {owner_tag}"
            )),
            Output::Json => {
                let nothing = json!({ "target": target.to_string(), "deletions": [] });
                print_json(&in_environment(nothing, config));
            }
        }
        return Ok(Exit::Done);
    }
    // On stderr, so that JSON on stdout is the result alone.
    tell_lines(plan_text::plan(&plan).trim_end());
    if !arguments.yes {
        confirm(config, plan.removals.len()).await?;
    }
    let applied = apply::apply(&connection.client, plan, Vec::new(), Progress::for_stderr()).await;
    Ok(print_applied(&applied, &[], target, config, output))
}

/// Asks for the workspace's name, with that of the environment.
async fn confirm(config: &Config, number: usize) -> Result<(), DestroyError> {
    if !can_ask() {
        return Err(DestroyError::NoTerminal { number });
    }
    let name = config.full_name();
    tell(&format!(
        "type `{name}` to delete these {number} deployments:"
    ));
    let answer = read_answer().await.map_err(DestroyError::ReadAnswer)?;
    if answer == name {
        Ok(())
    } else {
        Err(DestroyError::NotConfirmed)
    }
}
