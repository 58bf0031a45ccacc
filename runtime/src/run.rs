//! The flow run that the code at hand is part of.

mod attempt;

use std::sync::Arc;

use chrono::{DateTime, Utc};
use longshore_prefect::FlowRun;
use serde_json::{Map, Value};
use uuid::Uuid;

pub(crate) use attempt::{Attempt, Server, current};

/// The flow run that the caller is part of, as it was when its current attempt began; in a subflow that of the subflow.
///
/// `None` outside of a run: when a program runs a flow locally, without a server, and in plain calls of a flow or a task.
///
/// ```
/// #[longshore::flow]
/// async fn report() {
///     if let Some(run) = longshore::run() {
///         tracing::info!("attempt {} of {}, due at {:?}", run.attempt(), run.name(), run.scheduled_time());
///     }
/// }
/// # fn main() {}
/// ```
#[must_use]
pub fn run() -> Option<Run> {
    current().map(|attempt| attempt.run().clone())
}

/// A flow run, as [`run`] tells it.
#[derive(Debug, Clone)]
pub struct Run {
    facts: Arc<Facts>,
}

#[derive(Debug)]
struct Facts {
    read: FlowRun,
    flow_name: String,
    deployment_name: Option<String>,
}

impl Run {
    pub(crate) fn new(read: FlowRun, flow_name: &str, deployment_name: Option<&str>) -> Self {
        let facts = Facts {
            read,
            flow_name: flow_name.to_owned(),
            deployment_name: deployment_name.map(str::to_owned),
        };
        Self {
            facts: Arc::new(facts),
        }
    }

    /// The run's identity on the server, the same for all attempts.
    #[must_use]
    pub fn id(&self) -> Uuid {
        self.facts.read.id
    }

    /// The run's name: that of the `run_name` template, or one that the server or a person has given.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.facts.read.name
    }

    /// The identity of the flow.
    #[must_use]
    pub fn flow_id(&self) -> Uuid {
        self.facts.read.flow_id
    }

    /// The flow's name on the server.
    #[must_use]
    pub fn flow_name(&self) -> &str {
        &self.facts.flow_name
    }

    /// The identity of the deployment; `None` for a subflow, and for a run that was made without one.
    #[must_use]
    pub fn deployment_id(&self) -> Option<Uuid> {
        self.facts.read.deployment_id
    }

    /// The deployment's name on the server, with the suffix of its environment; `None` also if it was deleted.
    #[must_use]
    pub fn deployment_name(&self) -> Option<&str> {
        self.facts.deployment_name.as_deref()
    }

    /// When the run was to start: the fire time of its schedule, or the time at which somebody asked for it. Later
    /// attempts do not change it.
    #[must_use]
    pub fn scheduled_time(&self) -> Option<DateTime<Utc>> {
        self.facts.read.expected_start_time
    }

    /// The parameter values of the run, those of the deployment among them, by name; without the defaults of the function.
    #[must_use]
    pub fn parameters(&self) -> &Map<String, Value> {
        &self.facts.read.parameters
    }

    /// The run's tags, those of the deployment among them.
    #[must_use]
    pub fn tags(&self) -> &[String] {
        &self.facts.read.tags
    }

    /// The digest of the program that runs it, SHA-256 in hexadecimal.
    #[must_use]
    pub fn version(&self) -> Option<&str> {
        self.facts.read.flow_version.as_deref()
    }

    /// Which attempt this is, counted from 1.
    #[must_use]
    pub fn attempt(&self) -> u32 {
        self.facts.read.run_count
    }

    /// For a subflow the task run that stands for it in the run that called it.
    #[must_use]
    pub fn parent_task_run_id(&self) -> Option<Uuid> {
        self.facts.read.parent_task_run_id
    }
}
