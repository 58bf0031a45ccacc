//! Running other programs.

use std::process::Command;

use crate::error::RigError;

/// Runs a program to its end, its output passed through; `install` says what to do if it does not start.
///
/// # Errors
/// The program does not start, or ends with a failure.
pub fn run(command: &mut Command, install: &'static str) -> Result<(), RigError> {
    let program = command.get_program().to_string_lossy().into_owned();
    let status = command.status().map_err(|source| RigError::Missing {
        program: program.clone(),
        install,
        source,
    })?;
    if status.success() {
        return Ok(());
    }
    let arguments = command
        .get_args()
        .map(|word| word.to_string_lossy().into_owned());
    let words: Vec<String> = std::iter::once(program).chain(arguments).collect();
    Err(RigError::Failed {
        command: words.join(" "),
        status,
    })
}
