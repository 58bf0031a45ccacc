//! Running other programs.

use std::io;
use std::process::{Command, Output};

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

/// Returns what a program has written to its output, which matters only if it has succeeded; `install` as of [`run`].
///
/// # Errors
/// The program did not start, or ended with a failure.
pub(crate) fn checked(
    program: &str,
    output: io::Result<Output>,
    install: &'static str,
) -> Result<String, RigError> {
    let output = output.map_err(|source| RigError::Missing {
        program: program.to_owned(),
        install,
        source,
    })?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    Err(RigError::Unsuccessful {
        program: program.to_owned(),
        output: String::from_utf8_lossy(&output.stderr).trim().to_owned(),
    })
}
