//! `destroy`: deletes every deployment of this workspace from the server.

use std::io::{self, BufRead as _, IsTerminal as _};
use std::path::Path;

use longshore_spec::Explain;
use serde_json::json;

use super::{print_applied, steps};
use crate::apply;
use crate::command_line::{Options, Output};
use crate::config::Config;
use crate::error::{Failure, ReadServerError};
use crate::exit::Exit;
use crate::observe::observe;
use crate::plan::Plan;
use crate::report::progress::Progress;
use crate::report::{plan_text, print, tell};
use crate::target::{Connection, Target};

/// Nothing was deleted.
#[derive(Debug, thiserror::Error)]
enum DestroyError {
    #[error("`destroy` deletes all deployments of the workspace, so `--select` cannot be given")]
    Selection,
    #[error("{number} deployments would be deleted, and there is no terminal to ask on")]
    NoTerminal { number: usize },
    #[error("the answer is not the name of the workspace; nothing was deleted")]
    NotConfirmed,
    #[error("the answer cannot be read; nothing was deleted")]
    ReadAnswer(#[source] io::Error),
}

impl Explain for DestroyError {
    fn help(&self) -> Option<String> {
        match self {
            Self::Selection => {
                Some("take the deployments out of the code and run `apply --prune`".to_owned())
            }
            Self::NoTerminal { .. } => Some("if that is meant, give `--yes`".to_owned()),
            Self::NotConfirmed | Self::ReadAnswer(_) => None,
        }
    }
}

/// Shows what is there, asks, and deletes it.
///
/// # Errors
/// The server cannot be reached or refuses, or nobody has agreed.
pub(super) async fn run(root: &Path, config: &Config, options: &Options) -> Result<Exit, Failure> {
    if options.select.is_some() {
        return Err(DestroyError::Selection.into());
    }
    let target = Target::find(root)?;
    tell(&format!("target: {target}"));
    let _lock = steps::lock(root).await?;
    let connection = target.connect().await?;
    let ended = destroy(&connection, &target, config, options).await;
    connection.close().await;
    ended
}

async fn destroy(
    connection: &Connection,
    target: &Target,
    config: &Config,
    options: &Options,
) -> Result<Exit, Failure> {
    let owner_tag = config.owner_tag();
    let observed = observe(&connection.client, &[], &owner_tag)
        .await
        .map_err(ReadServerError::from)?;
    let plan = Plan::destroy(&observed, &owner_tag);
    if plan.is_empty() {
        match options.output {
            Output::Text => tell(&format!(
                "nothing to destroy: no deployment has the tag {owner_tag}"
            )),
            Output::Json => print(&format!(
                "{:#}\n",
                json!({ "target": target.to_string(), "deletions": [] })
            )),
        }
        return Ok(Exit::Done);
    }
    // On stderr, so that JSON on stdout is the result alone.
    tell(plan_text::plan(&plan).trim_end());
    if !options.yes {
        confirm(&config.workspace, plan.removals.len()).await?;
    }
    let applied = apply::apply(&connection.client, plan, Vec::new(), Progress::for_stderr()).await;
    Ok(print_applied(&applied, &[], target, options.output))
}

/// Asks for the workspace's name.
async fn confirm(workspace: &str, number: usize) -> Result<(), DestroyError> {
    if !io::stdin().is_terminal() {
        return Err(DestroyError::NoTerminal { number });
    }
    tell(&format!(
        "type the workspace's name, `{workspace}`, to delete these {number} deployments:"
    ));
    // Reading blocks; Ctrl-C must be seen meanwhile.
    let reading = tokio::task::spawn_blocking(|| {
        let mut answer = String::new();
        io::stdin().lock().read_line(&mut answer).map(|_| answer)
    });
    let answer = match reading.await {
        Ok(answer) => answer.map_err(DestroyError::ReadAnswer)?,
        Err(error) => return Err(DestroyError::ReadAnswer(io::Error::other(error))),
    };
    if answer.trim() == workspace {
        Ok(())
    } else {
        Err(DestroyError::NotConfirmed)
    }
}
