//! What the commands need of the system.

use std::path::PathBuf;
use std::process::{Command, ExitStatus};

use longshore_rig::RigError;

/// Why a command could not be done.
#[derive(Debug)]
pub(crate) enum Error {
    /// A program failed, or the servers for the tests cannot be installed.
    Rig(RigError),
    /// A server that cannot be talked to.
    Connection {
        api_url: String,
        source: std::io::Error,
    },
    /// A request that has to succeed.
    Refused {
        request: String,
        status: u16,
        answer: String,
    },
    /// The tests cannot be built.
    Build { status: ExitStatus },
    /// Commands of the test run that failed.
    Tests { commands: Vec<String> },
    /// A program that was to be measured says something else.
    Measurement { text: String },
    /// A word of the command line that is not known.
    Word { word: String, known: String },
    /// A variable that must not be set.
    Variable {
        name: &'static str,
        reason: &'static str,
    },
}

impl From<RigError> for Error {
    fn from(error: RigError) -> Self {
        Self::Rig(error)
    }
}

impl std::fmt::Display for Error {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Rig(error) => {
                write!(f, "{error}")?;
                match std::error::Error::source(error) {
                    Some(source) => write!(f, "\n  caused by: {source}"),
                    None => Ok(()),
                }
            }
            Self::Connection { api_url, source } => {
                write!(f, "cannot talk to {api_url}\n  caused by: {source}")
            }
            Self::Refused {
                request,
                status,
                answer,
            } => write!(f, "{request} was answered {status}: {answer}"),
            Self::Build { status } => {
                write!(f, "cannot build the tests: cargo ended with {status}")
            }
            Self::Tests { commands } => {
                write!(f, "tests failed in:")?;
                commands
                    .iter()
                    .try_for_each(|command| write!(f, "\n  {command}"))
            }
            Self::Measurement { text } => write!(f, "no measurement in the output: {text}"),
            Self::Word { word, known } => write!(f, "`{word}` is not known here; known: {known}"),
            Self::Variable { name, reason } => write!(f, "{name} is set: {reason}"),
        }
    }
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
