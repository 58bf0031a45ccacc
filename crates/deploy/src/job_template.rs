//! Job templates of work pools: what a worker starts for a run, and what a run may choose of it.

mod kubernetes;
mod process;
mod variables;

use serde_json::{Value, json};

use crate::config::Kubernetes;

/// Type of the pools whose workers start a process on their own machine.
pub(crate) const PROCESS: &str = "process";

/// Type of the pools whose workers start a job in a Kubernetes cluster.
pub(crate) const KUBERNETES: &str = "kubernetes";

/// Who decides what the workers of a pool execute.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Start<'a> {
    /// The template: this command, in the worker's environment.
    ///
    /// The template then has no `env` at all. Prefect merges the variables of a run into an `env` that is a map, and
    /// a worker adds what Prefect itself needs to every job.
    Command(&'a str),
    /// Each run, by the variables `command`, `env` and `working_dir`, as in Prefect's own templates.
    ChosenByRuns,
}

impl Start<'_> {
    fn command(self) -> Value {
        match self {
            Self::Command(command) => json!(command),
            Self::ChosenByRuns => variables::placeholder("command"),
        }
    }

    fn is_chosen_by_runs(self) -> bool {
        self == Self::ChosenByRuns
    }
}

/// What longshore.toml says of a work pool.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Settings<'a> {
    /// Type of the pool, such as `process`.
    pub(crate) kind: &'a str,
    pub(crate) start: Start<'a>,
    /// For pools of type `kubernetes` that are not open.
    pub(crate) kubernetes: Option<&'a Kubernetes>,
    /// Content of the file that `template` names.
    pub(crate) own: Option<&'a Value>,
}

impl Settings<'_> {
    /// The job template of a pool with these settings; `None` if there is none for its type.
    ///
    /// A template for Kubernetes starts with `base`: the template that the pool has, or that Prefect ships for the type.
    /// Keys that Longshore does not set keep their values from there.
    pub(crate) fn template(&self, base: Option<&Value>) -> Option<Value> {
        if let Some(own) = self.own {
            return Some(own.clone());
        }
        match (self.kind, self.start) {
            (PROCESS, start) => Some(process::template(start)),
            (KUBERNETES, Start::ChosenByRuns) => Some(kubernetes::open_template()),
            (KUBERNETES, Start::Command(_)) => Some(kubernetes::template(base, self.kubernetes?)),
            _ => None,
        }
    }
}
