//! `new`: a flow crate, written and linked.

use std::io;

use longshore::registry::Registry;
use serde_json::json;

use super::answer::can_ask;
use crate::Workspace;
use crate::command_line::{NewArguments, Output};
use crate::error::Failure;
use crate::exit::Exit;
use crate::report::{print, print_json};
use crate::scaffold::{Made, Terminal, new_flow};

/// Writes the crate and says what to do next.
///
/// # Errors
/// It cannot be written as it was asked for; then nothing is.
#[expect(
    clippy::disallowed_methods,
    reason = "`Terminal` escapes what it writes"
)]
pub(super) fn run(
    workspace: &Workspace,
    registry: &Registry,
    arguments: &NewArguments,
    output: Output,
) -> Result<Exit, Failure> {
    let made = if can_ask() && !arguments.defaults {
        let mut terminal = Terminal {
            input: &mut io::stdin().lock(),
            output: &mut io::stderr().lock(),
        };
        new_flow(workspace, registry, arguments, Some(&mut terminal))
    } else {
        new_flow(workspace, registry, arguments, None)
    }?;
    match output {
        Output::Text => print(&text(&made)),
        Output::Json => print_json(&json!(made)),
    }
    Ok(Exit::Done)
}

fn text(made: &Made) -> String {
    let Made {
        package,
        folder,
        files,
        link,
    } = made;
    format!(
        "made {folder}: {}\nlinked in Cargo.toml: {link}\nnext: cargo test -p {package}, then: cargo run --bin deploy\n",
        files.join(", ")
    )
}
