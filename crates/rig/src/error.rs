//! Why the rig cannot do what a test asked of it.

use std::path::{Path, PathBuf};
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
    /// Programs that have to be installed by hand, a line each.
    #[error("{}", .0.join("\n"))]
    Required(Vec<String>),
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
    /// A Prefect version that is not where it should be.
    #[error("{variable} is not set and nothing is in {}: run `cargo xtask rig install`", folder.display())]
    NotInstalled {
        /// The variable that names the environment's Python.
        variable: &'static str,
        /// Where an environment would be looked for.
        folder: PathBuf,
    },
    /// A program that ended with a failure, and what it wrote.
    #[error("`{program}` failed:\n{output}")]
    Unsuccessful {
        /// The program.
        program: String,
        /// Its messages.
        output: String,
    },
    /// A page of Prefect's that does not show what it should.
    #[error("{url} does not show in the browser what it should:\n{output}")]
    NotShown {
        /// The page.
        url: String,
        /// What the browser's driver says.
        output: String,
        /// Why its answer cannot be read.
        source: serde_json::Error,
    },
    /// A certificate of the cluster that cannot be created.
    #[error("cannot create the certificates of the cluster: {0}")]
    Certificate(String),
    /// A server that does not answer in time or has ended.
    #[error("{what} did not become ready: {reason}; its last output:\n{output}")]
    NotReady {
        /// What was started.
        what: String,
        /// What was seen.
        reason: String,
        /// The end of its output.
        output: String,
    },
    /// Tests that run as root, on a machine without a user to whom a database could be given.
    #[error(
        "PostgreSQL refuses to run as root, and /etc/passwd has no user `nobody` to run it as; run as another user"
    )]
    NoUnprivilegedUser,
    /// The file that names the servers which outlive a command.
    #[error("{} is not readable as the state of the rig; stop its servers by hand and delete it", path.display())]
    State {
        /// Where it is.
        path: PathBuf,
        /// What is wrong with it.
        source: serde_json::Error,
    },
    /// A server that does not end even by SIGKILL.
    #[error("`{name}` does not end; its process ids are in {}", state.display())]
    StillRunning {
        /// Its name.
        name: String,
        /// The file with its process ids.
        state: PathBuf,
    },
}

impl RigError {
    /// A file or folder that cannot be used.
    pub(crate) fn file(path: &Path, source: std::io::Error) -> Self {
        Self::File {
            path: path.to_owned(),
            source,
        }
    }
}
