//! Commands that ask no server.

use longshore::registry::Registry;
use longshore_spec::Explain;

use super::{documents, init, new};
use crate::Workspace;
use crate::command_line::{Common, FileCommand, Output};
use crate::error::Failure;
use crate::exit::Exit;
use crate::report::print_document;

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
    let (command_name, prints_json) = match command {
        FileCommand::New(_) => ("new", true),
        FileCommand::Init(_) => ("init", true),
        FileCommand::Completions(_) => ("completions", false),
        FileCommand::Man(_) => ("man", false),
    };
    let useless = [
        ("--env", common.env.is_some()),
        ("--output", common.output == Output::Json && !prints_json),
    ];
    let useless = useless.into_iter().filter(|(_, is_given)| *is_given);
    let problems = useless.map(|(option, _)| NoUseError {
        command: command_name,
        option,
    });
    Failure::unless_empty(problems.collect())?;
    match command {
        FileCommand::New(arguments) => new::run(workspace, registry, arguments, common.output),
        FileCommand::Init(arguments) => init::run(arguments, common.output),
        FileCommand::Completions(arguments) => {
            print_document(&documents::completions(arguments.shell));
            Ok(Exit::Done)
        }
        FileCommand::Man(arguments) => {
            print_document(&documents::manual(arguments.command.as_deref())?);
            Ok(Exit::Done)
        }
    }
}
