//! Why the rig cannot do what a test asked of it.

use std::path::PathBuf;
use std::process::ExitStatus;

/// A failure of the rig; the text says what to do where something can be done.
#[derive(Debug, thiserror::Error)]
pub enum RigError {
    /// A program that has to be installed by hand.
    #[error("`{program}` does not start; {install}")]
    Missing {
        /// Its name.
        program: String,
        /// How to install it.
        install: &'static str,
        /// What the system says.
        source: std::io::Error,
    },
    /// A program that ended with a failure.
    #[error("`{command}` failed: {status}")]
    Failed {
        /// The command line.
        command: String,
        /// How it ended.
        status: ExitStatus,
    },
    /// A file or folder that cannot be used.
    #[error("cannot use {}", path.display())]
    File {
        /// Where it is.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// The environment of a Prefect version is not where it should be.
    #[error(
        "{variable} is not set: run the tests with `cargo xtask test`, which installs Prefect and sets it"
    )]
    NotInstalled {
        /// The variable that names the environment's Python.
        variable: &'static str,
    },
    /// A server that does not answer in time or has ended.
    #[error("{what} did not become ready: {reason}; its output is in {}", log.display())]
    NotReady {
        /// What was started.
        what: String,
        /// What was seen.
        reason: String,
        /// Its output.
        log: PathBuf,
    },
}
