//! Programs that cargo builds for a benchmark.

use std::path::PathBuf;
use std::process::{Command, Stdio};

use longshore_rig::RigError;
use serde_json::Value;

use crate::command::{Error, root};

/// Builds a program of this repository with cargo, and returns where it is.
///
/// # Errors
/// Cargo fails.
pub(super) fn build(words: &str) -> Result<PathBuf, Error> {
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
    let mut command = Command::new(cargo);
    command
        .args(words.split(' '))
        .args(["--locked", "--message-format=json-render-diagnostics"])
        .current_dir(root());
    // Some build scripts look at them, and would be run again because of this program's own.
    let names = std::env::vars_os().map(|(name, _)| name);
    for name in names.filter(|name| is_of_package(&name.to_string_lossy())) {
        command.env_remove(name);
    }
    let text = output(&mut command)?;
    let messages = text
        .lines()
        .filter_map(|line| serde_json::from_str(line).ok());
    let mut programs = messages.filter_map(|message: Value| {
        let program = message.get("executable")?.as_str()?;
        Some(PathBuf::from(program))
    });
    programs.next_back().ok_or(Error::Measurement { text })
}

/// Whether cargo tells a program by this variable which package it is of.
fn is_of_package(name: &str) -> bool {
    name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_")
}

/// What a program prints; what it says of errors goes to the terminal.
///
/// # Errors
/// It does not start, or it fails.
pub(super) fn output(command: &mut Command) -> Result<String, Error> {
    let output = command
        .stdin(Stdio::null())
        .stderr(Stdio::inherit())
        .output()
        .map_err(|source| RigError::Missing {
            program: command.get_program().to_string_lossy().into_owned(),
            install: "install Rust: https://rustup.rs",
            source,
        })?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    Err(RigError::Failed {
        command: command.get_program().to_string_lossy().into_owned(),
        status: output.status,
    }
    .into())
}
