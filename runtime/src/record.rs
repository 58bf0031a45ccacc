//! What the attributes register: constant records, one per flow and one per deployment.

use std::future::poll_fn;

use longshore_spec::{
    DeploymentName, EnvironmentVariableName, FlowName, FlowPath, ImageReference, JobVariableName,
    Schedule, SecretReference, Slug, StorageUrl, Tag, TimeSpan, WorkPoolName, WorkQueueName,
};
use serde::{Serialize, Serializer};
use serde_json::Value;

pub use crate::body::FlowBody;
use crate::error::BoxError;
use crate::parameter::{ArgumentReader, Arguments, ParameterRecord, parameter_schema};
pub use crate::values::{Literal, ParameterValues, Values};

/// A place in the sources of the workspace, relative to its root.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct SourceLocation {
    /// File, as the compiler was given it.
    pub file: &'static str,
    /// Line, counted from 1.
    pub line: u32,
    /// Column, counted from 1.
    pub column: u32,
}

impl SourceLocation {
    /// The place that calls this; the attribute itself for what an attribute expands to.
    #[must_use]
    #[track_caller]
    pub const fn here() -> Self {
        let place = std::panic::Location::caller();
        Self {
            file: place.file(),
            line: place.line(),
            column: place.column(),
        }
    }
}

impl std::fmt::Display for SourceLocation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}:{}", self.file, self.line, self.column)
    }
}

/// A flow: a function, its options and its parameters, as `#[flow]` registers it.
#[derive(Debug, Serialize)]
pub struct FlowRecord {
    /// Name on the server; the engine finds the function by it.
    pub name: FlowName,
    /// Name of the Rust function.
    pub function: &'static str,
    /// Cargo package that holds the function.
    pub package: &'static str,
    /// Version of that package.
    pub package_version: &'static str,
    /// Where the function stands.
    pub source: SourceLocation,
    /// Description, by default the function's doc comment.
    pub description: Option<&'static str>,
    /// Version given in the attribute; deployments show the artifact's digest otherwise.
    pub version: Option<&'static str>,
    /// Template of a run's name, with `{parameter}` places.
    pub run_name: Option<&'static str>,
    /// Number of further attempts after a failure.
    pub retries: u32,
    /// Waits before the further attempts; the last one repeats.
    pub retry_delay: &'static [TimeSpan],
    /// Time limit of one attempt.
    pub timeout: Option<TimeSpan>,
    /// Parameters in the order of the function's arguments; in JSON the schema of section 2 of
    /// Prefect's contract.
    #[serde(rename = "parameter_schema", serialize_with = "serialize_schema")]
    pub parameters: &'static [ParameterRecord],
    /// The function.
    #[serde(skip)]
    pub body: &'static dyn FlowBody,
}

impl FlowRecord {
    /// Calls the function with the values of a run.
    ///
    /// # Errors
    /// The values are not those of the parameters, or the function returns an error.
    pub async fn run(&self, arguments: Arguments) -> Result<(), BoxError> {
        let arguments = ArgumentReader::of_run(self.parameters, arguments);
        let mut call = self.body.begin(arguments)?;
        poll_fn(|context| call.as_mut().poll_end(context)).await
    }

    /// JSON schema of the parameters in the shape that Prefect's UI and validator take.
    #[must_use]
    pub fn parameter_schema(&self) -> Value {
        parameter_schema(self.parameters)
    }
}

fn serialize_schema<S: Serializer>(
    parameters: &&'static [ParameterRecord],
    serializer: S,
) -> Result<S::Ok, S::Error> {
    parameter_schema(parameters).serialize(serializer)
}

/// One schedule of a deployment.
#[derive(Debug, Serialize)]
pub struct ScheduleRecord {
    /// Identity of the schedule on the server; `main` for the first one that names none.
    pub slug: Slug,
    /// When it fires.
    pub schedule: Schedule,
    /// Whether it fires at all; `None` leaves an operator's pause alone.
    pub active: Option<bool>,
    /// Values that win over the deployment's.
    pub parameters: ParameterValues,
}

/// What happens to a run for which the deployment has no free slot.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum CollisionStrategy {
    /// It waits.
    Enqueue,
    /// It is cancelled.
    CancelNew,
}

/// How many runs of a deployment may be active at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Concurrency {
    /// Active runs at the most, at least 1.
    pub limit: u32,
    /// What happens to the run that is one too many.
    pub on_collision: CollisionStrategy,
}

/// What `deploy serve` does about fire times that passed while it was not running.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Catchup {
    /// Nothing runs late.
    None,
    /// The last one that was missed runs.
    #[default]
    Latest,
    /// Every one runs.
    All,
}

/// A secret that the engine resolves before the flow starts.
#[derive(Debug, Serialize)]
pub struct SecretRecord {
    /// Name by which the flow asks for it.
    pub name: EnvironmentVariableName,
    /// Where the value is kept; never the value.
    pub reference: SecretReference,
}

/// An environment variable of the flow's process.
#[derive(Debug, Serialize)]
pub struct EnvironmentVariable {
    /// Name.
    pub name: EnvironmentVariableName,
    /// Value; not a secret.
    pub value: &'static str,
}

/// Job variables of a deployment, in the names of its work pool's template.
#[derive(Debug, Serialize)]
pub struct JobVariables {
    /// Names, for checks that need no values.
    pub names: &'static [JobVariableName],
    /// Values by name.
    pub values: ParameterValues,
}

/// A deployment of a flow, as `#[deployment]` registers it.
#[derive(Debug, Serialize)]
pub struct DeploymentRecord {
    /// Name, unique within its flow.
    pub name: DeploymentName,
    /// The flow it deploys.
    #[serde(serialize_with = "serialize_flow_name")]
    pub flow: &'static FlowRecord,
    /// Cargo package of the declaration, which need not be the flow's.
    #[serde(skip)]
    pub package: &'static str,
    /// Where the attribute stands.
    pub source: SourceLocation,
    /// Schedules in the order of the attribute.
    pub schedules: &'static [ScheduleRecord],
    /// Container image that a Kubernetes or Docker worker starts.
    pub image: Option<ImageReference>,
    /// Work queue.
    pub queue: Option<WorkQueueName>,
    /// Work pool.
    pub pool: Option<WorkPoolName>,
    /// Store of the artifact.
    pub storage: Option<StorageUrl>,
    /// Folder in the store and path of the deployment; the crate's folder otherwise.
    pub path: Option<FlowPath>,
    /// Parameter values that differ from the function's defaults.
    pub parameters: ParameterValues,
    /// Tags, the owner's aside.
    pub tags: &'static [Tag],
    /// Description, by default the flow's.
    pub description: Option<&'static str>,
    /// Limit of active runs.
    pub concurrency: Option<Concurrency>,
    /// Whether the deployment is scheduled at all; `None` leaves an operator's pause alone.
    pub active: Option<bool>,
    /// Environment of the flow's process.
    pub environment: &'static [EnvironmentVariable],
    /// Job variables beside those that Longshore sets.
    pub job_variables: JobVariables,
    /// Secrets by reference.
    pub secrets: &'static [SecretRecord],
    /// What becomes of fire times that were missed.
    pub catchup: Catchup,
    /// Former name, whose deployment on the server is taken over.
    pub renamed_from: Option<DeploymentName>,
}

fn serialize_flow_name<S: Serializer>(
    flow: &&'static FlowRecord,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    flow.name.serialize(serializer)
}

/// Retry waits of a task.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum RetryDelay {
    /// One wait per further attempt; the last one repeats.
    Fixed(&'static [TimeSpan]),
    /// Waits that double from `base` up to `max`.
    Exponential {
        /// First wait.
        base: TimeSpan,
        /// Longest wait.
        max: TimeSpan,
        /// Share of a wait that is random, from 0 to 1.
        jitter: f64,
    },
}

/// A task: the options that `#[task]` was given.
#[derive(Debug, Serialize)]
pub struct TaskRecord {
    /// Path of the function, which tells the task from others of its name.
    pub key: &'static str,
    /// Name on the server.
    pub name: longshore_spec::TaskName,
    /// Number of further attempts after a failure.
    pub retries: u32,
    /// Waits before the further attempts.
    pub retry_delay: RetryDelay,
    /// Time limit of one attempt.
    pub timeout: Option<TimeSpan>,
    /// Tags of the task's runs.
    pub tags: &'static [Tag],
}
