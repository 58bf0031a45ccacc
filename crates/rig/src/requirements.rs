//! Programs that have to be there before anything can be installed or started.

use std::path::Path;
use std::process::Command;

use crate::debian;
use crate::error::RigError;
use crate::postgres;

/// A program that the rig does not install itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Program {
    /// `python3` with its `venv` module, for Prefect.
    Python,
    /// `node`, for Azurite and the browser tests.
    Node,
    /// `postgres` and `initdb`; on Debian the rig unpacks them itself.
    Postgres,
}

impl Program {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Python, Self::Node, Self::Postgres];

    fn is_there(self) -> bool {
        let succeeds = |program: &str, arguments: &[&str]| {
            let output = Command::new(program).args(arguments).output();
            output.is_ok_and(|output| output.status.success())
        };
        match self {
            Self::Python => succeeds("python3", &["-c", "import ensurepip, venv"]),
            Self::Node => succeeds("node", &["--version"]),
            Self::Postgres => postgres::programs().is_some() || debian::can_unpack(),
        }
    }

    /// What is missing, and the command that installs it.
    pub(crate) fn advice(self) -> String {
        let (what, packages) = match self {
            Self::Python => (
                "`python3` with the modules `venv` and `ensurepip` is missing",
                "python3 python3-venv",
            ),
            Self::Node => ("`node` is missing", "nodejs npm"),
            Self::Postgres => ("`postgres` and `initdb` are missing", "postgresql"),
        };
        let install = if Path::new("/etc/debian_version").exists() {
            "apt-get install"
        } else {
            "install the packages which on Debian are called"
        };
        format!("{what}: {install} {packages}")
    }
}

/// Checks that programs are installed, all at once.
///
/// # Errors
/// Some are missing; the error has one line for each.
pub fn require(programs: &[Program]) -> Result<(), RigError> {
    let missing = programs.iter().filter(|program| !program.is_there());
    let advice: Vec<String> = missing.map(|program| program.advice()).collect();
    if advice.is_empty() {
        Ok(())
    } else {
        Err(RigError::Required(advice))
    }
}
