//! Observe, plan, apply: puts the flows of a workspace onto a Prefect server.
//!
//! A workspace's `deploy` program is [`main`] with the list of its flow packages, which
//! `longshore-build` writes.

mod apply;
mod artifact;
mod check;
mod command_line;
mod config;
mod desired;
mod error;
mod exit;
mod fields;
mod glob;
mod job_template;
mod judge;
mod listing;
mod lock;
mod observe;
mod plan;
mod registry;
mod report;
mod run;
mod scaffold;
mod selection;
mod serve;
mod served;
mod start_time;
mod storage;
mod target;
mod versions;

use std::process::ExitCode;

use longshore::registry::Registry;

use command_line::CommandLine;
use exit::Exit;

pub use registry::{RegistryError, check_registry};

/// A workspace of flows, as its build script found it.
#[derive(Debug, Clone, Copy)]
pub struct Workspace {
    /// Absolute path of the folder with the root manifest and `longshore.toml`.
    pub root: &'static str,
    /// The flow packages, sorted by folder.
    pub packages: &'static [LinkedPackage],
}

/// A flow package that is linked into the `deploy` program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LinkedPackage {
    /// Cargo package.
    pub name: &'static str,
    /// Folder from the workspace root, with `/`, such as `projects/finance/daily_report`.
    pub folder: &'static str,
    /// Name of its program.
    pub binary: &'static str,
}

impl LinkedPackage {
    /// The project that the flow is part of: the folder above its own.
    pub(crate) fn project(&self) -> &'static str {
        self.folder.rsplit('/').nth(1).unwrap_or_default()
    }
}

/// The body of `main` in a workspace's `deploy` program.
///
/// Exit codes: 0 done, 1 the user must act, 130 Ctrl-C; for `plan` 0 nothing to do, 2 changes.
#[must_use]
pub fn main(workspace: &Workspace) -> ExitCode {
    let command_line = match CommandLine::read(std::env::args_os()) {
        Ok(command_line) => command_line,
        Err(error) => {
            let is_error = error.use_stderr();
            // Nowhere to report that stdout or stderr is gone.
            let _ = error.print();
            return if is_error { Exit::Failed } else { Exit::Done }.into();
        }
    };
    run::main(workspace, &Registry::collect(), command_line).into()
}

#[cfg(test)]
mod tests;
