//! `init`: a workspace with its first flow.

use serde_json::json;

use crate::command_line::{InitArguments, Output};
use crate::error::Failure;
use crate::exit::Exit;
use crate::report::{print, print_json, tell};
use crate::scaffold::{MadeWorkspace, new_workspace};

/// Writes the workspace and says what to do next.
///
/// # Errors
/// It cannot be written as it was asked for; then nothing is.
pub(super) fn run(arguments: &InitArguments, output: Output) -> Result<Exit, Failure> {
    let made = new_workspace(arguments)?;
    match output {
        Output::Text => print(&text(&made)),
        Output::Json => print_json(&json!(made)),
    }
    let sources = [
        arguments.longshore_path.is_some(),
        arguments.longshore_git.is_some(),
        arguments.longshore_version.is_some(),
    ];
    if sources == [false; 3] {
        tell(&format!(
            "note: Cargo.toml takes Longshore from {}; for a repository that others build, name its source with \
             `--longshore-git`",
            made.sources
        ));
    }
    Ok(Exit::Done)
}

fn text(made: &MadeWorkspace) -> String {
    let folder = made.folder.display();
    format!(
        "made {folder}:\n  {}\nnext: cd {folder}, then: cargo run --bin deploy\n",
        made.files.join("\n  ")
    )
}
