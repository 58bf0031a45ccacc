//! Commands that ask no server.

use longshore::registry::Registry;
use longshore_spec::Explain;

use super::new;
use crate::Workspace;
use crate::command_line::{Common, FileCommand};
use crate::error::Failure;
use crate::exit::Exit;

/// An option of all commands that this one cannot heed.
#[derive(Debug, thiserror::Error)]
#[error("`{command}` has no use for `{option}`")]
struct NoUseError {
    command: &'static str,
    option: &'static str,
}

impl Explain for NoUseError {
    fn help(&self) -> Option<String> {
        Some(format!("leave `{}` out", self.option))
    }
}

/// Runs the command to its end.
///
/// # Errors
/// It cannot do what it was asked for.
pub(super) fn run(
    workspace: &Workspace,
    registry: &Registry,
    command: &FileCommand,
    common: &Common,
) -> Result<Exit, Failure> {
    let name = match command {
        FileCommand::New(_) => "new",
    };
    if common.env.is_some() {
        return Err(NoUseError {
            command: name,
            option: "--env",
        }
        .into());
    }
    match command {
        FileCommand::New(arguments) => new::run(workspace, registry, arguments, common.output),
    }
}
