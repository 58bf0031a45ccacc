//! Running other programs.

use std::path::PathBuf;
use std::process::Command;

/// Why a step of a command could not be done.
#[derive(Debug)]
pub(crate) enum Error {
    /// A program that has to be installed by hand.
    Missing {
        program: String,
        install: &'static str,
    },
    /// A program that ended with a failure.
    Failed { command: String, status: String },
    /// The servers for the tests.
    Rig(longshore_rig::RigError),
    /// A variable that must not be set.
    Variable {
        name: &'static str,
        reason: &'static str,
    },
}

impl std::fmt::Display for Error {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Missing { program, install } => {
                write!(f, "`{program}` is not installed\nhelp: {install}")
            }
            Self::Failed { command, status } => write!(f, "`{command}` failed: {status}"),
            Self::Rig(error) => {
                write!(f, "{error}")?;
                match std::error::Error::source(error) {
                    Some(source) => write!(f, "\n  caused by: {source}"),
                    None => Ok(()),
                }
            }
            Self::Variable { name, reason } => write!(f, "{name} is set: {reason}"),
        }
    }
}

/// Runs a program to its end, its output passed through.
pub(crate) fn run(command: &mut Command, install: &'static str) -> Result<(), Error> {
    let status = command.status().map_err(|_| Error::Missing {
        program: command.get_program().to_string_lossy().into_owned(),
        install,
    })?;
    if status.success() {
        return Ok(());
    }
    let mut words = vec![command.get_program().to_string_lossy().into_owned()];
    words.extend(
        command
            .get_args()
            .map(|word| word.to_string_lossy().into_owned()),
    );
    Err(Error::Failed {
        command: words.join(" "),
        status: status.to_string(),
    })
}

/// Whether a program starts at all.
pub(crate) fn exists(command: &mut Command) -> bool {
    command.output().is_ok_and(|output| output.status.success())
}

/// The repository's root.
pub(crate) fn root() -> PathBuf {
    let manifest = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    manifest.parent().map(PathBuf::from).unwrap_or(manifest)
}
