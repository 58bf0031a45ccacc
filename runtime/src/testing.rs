//! Runs of flows in memory, for tests: no server, and every state, task run, log record and artifact to look at.
//!
//! ```
//! use longshore::{flow, task, testing};
//!
//! #[flow(retries = 1)]
//! async fn report(days: u32) -> Result<u32, std::io::Error> {
//!     tracing::info!("of {days} days");
//!     Ok(load(days).await)
//! }
//!
//! #[task]
//! async fn load(days: u32) -> u32 {
//!     days * 24
//! }
//!
//! # let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
//! # runtime.block_on(async {
//! let seen = testing::run(report(7)).await; // in a #[tokio::test]
//! assert_eq!(seen.output.unwrap(), 168);
//! assert_eq!(seen.runs[0].state_names(), ["Running", "Completed"]);
//! assert_eq!(seen.runs[0].tasks[0].name, "load-0");
//! assert_eq!(seen.runs[0].logs[0].message, "of 7 days");
//! # });
//! ```
//!
//! Waits between attempts take their time, unless the test has `#[tokio::test(start_paused = true)]`.

use std::collections::HashMap;
use std::future::Future;
use std::sync::Arc;

use longshore_prefect::Secret;
use serde_json::{Map, Value};
use tracing::instrument::WithSubscriber as _;
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::layer::SubscriberExt as _;
use uuid::Uuid;

use crate::context::{Scope, within};
use crate::log::{Queue, RUN_TARGET, RunLayer};
use crate::mask;
use crate::memory::Memory;

/// What was seen of a flow, and of the flows that it called.
#[derive(Debug)]
#[non_exhaustive]
pub struct Seen<T> {
    /// What the future gave.
    pub output: T,
    /// The flow runs in the order in which they began.
    pub runs: Vec<SeenRun>,
}

/// A flow run.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct SeenRun {
    /// Its identity.
    pub id: Uuid,
    /// The flow's name.
    pub flow: String,
    /// The run's name: that of the `run_name` template, or the flow's.
    pub name: String,
    /// The run that called it.
    pub parent: Option<Uuid>,
    /// The arguments by name.
    pub parameters: Map<String, Value>,
    /// The states, oldest first.
    pub states: Vec<SeenState>,
    /// The task runs in the order in which they began.
    pub tasks: Vec<SeenTask>,
    /// The log records of level `info` and above, in their order.
    pub logs: Vec<SeenLog>,
    /// The artifacts in the order in which they were made.
    pub artifacts: Vec<SeenArtifact>,
}

impl SeenRun {
    /// The names of the states, oldest first, such as `Running` and `Completed`.
    #[must_use]
    pub fn state_names(&self) -> Vec<&str> {
        names(&self.states)
    }
}

/// A state of a flow run or a task run.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct SeenState {
    /// Its name.
    pub name: String,
    /// What went wrong.
    pub message: Option<String>,
}

/// A task run.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct SeenTask {
    /// Its identity.
    pub id: Uuid,
    /// Its name, such as `load-0`.
    pub name: String,
    /// Its tags.
    pub tags: Vec<String>,
    /// The task runs from which an edge leads to it.
    pub after: Vec<Uuid>,
    /// The states, oldest first.
    pub states: Vec<SeenState>,
}

impl SeenTask {
    /// The names of the states, oldest first.
    #[must_use]
    pub fn state_names(&self) -> Vec<&str> {
        names(&self.states)
    }
}

fn names(states: &[SeenState]) -> Vec<&str> {
    states.iter().map(|state| state.name.as_str()).collect()
}

/// A log record.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct SeenLog {
    /// 20 info, 30 warning, 40 error.
    pub level: i32,
    /// The text, with fields and spans as on the server.
    pub message: String,
    /// The task run that it belongs to.
    pub task: Option<Uuid>,
}

/// An artifact as it is in the end.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct SeenArtifact {
    /// Its identity.
    pub id: Uuid,
    /// Its key.
    pub key: Option<String>,
    /// `markdown`, `table` or `progress`.
    pub kind: String,
    /// What it shows.
    pub data: Value,
}

/// What a flow finds when it runs in memory.
#[derive(Debug, Default)]
#[must_use = "`run` runs a flow"]
pub struct Setup {
    variables: HashMap<String, Value>,
    secrets: HashMap<String, Secret>,
}

impl Setup {
    /// No variables and no secrets.
    pub fn new() -> Self {
        Self::default()
    }

    /// The value of a variable.
    pub fn variable(mut self, name: impl Into<String>, value: impl Into<Value>) -> Self {
        self.variables.insert(name.into(), value.into());
        self
    }

    /// The value of a secret.
    pub fn secret(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        let value = value.into();
        mask::add(&value);
        self.secrets.insert(name.into(), Secret::new(value));
        self
    }

    /// Runs the flow that a future calls.
    pub async fn run<F: Future>(self, flow: F) -> Seen<F::Output> {
        let memory = Arc::new(Memory::new(self.variables, self.secrets));
        let queue = Arc::new(Queue::new());
        let filter = Targets::new()
            .with_default(LevelFilter::INFO)
            .with_target(RUN_TARGET, LevelFilter::ERROR);
        let subscriber = tracing_subscriber::registry()
            .with(RunLayer::new(Arc::clone(&queue)))
            .with(filter);
        let scope = Scope {
            memory: Some(Arc::clone(&memory)),
            ..Scope::default()
        };
        let output = within(scope, flow).with_subscriber(subscriber).await;
        loop {
            let batch = queue.batch();
            if batch.is_empty() {
                break;
            }
            queue.settle(&batch, None);
            memory.add_logs(batch);
        }
        Seen {
            output,
            runs: memory.runs(),
        }
    }
}

/// Runs the flow that a future calls, without variables and secrets.
pub async fn run<F: Future>(flow: F) -> Seen<F::Output> {
    Setup::new().run(flow).await
}
