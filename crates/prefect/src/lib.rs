//! A typed client of Prefect's REST API (2.20, 3.x and Cloud), with retries.
//!
//! Requests are built as plain values and sent in one place, under one retry policy. Writing is strict (a server refuses
//! unknown fields), reading is tolerant (what is unknown is ignored, what is missing takes its default).

mod artifact;
mod capabilities;
mod client;
mod deployment;
mod error;
mod event;
mod flow;
mod flow_run;
mod follow;
mod log;
mod neighbours;
mod page;
mod patience;
mod read;
mod request;
mod retry;
mod schedule;
mod secret;
mod server;
mod storable;
mod stored;
mod target;
mod task_run;
mod work_pool;

pub use artifact::{Artifact, ArtifactWrite};
pub use capabilities::{Capabilities, ParseVersionError};
pub use client::{Authentication, Client, ClientOptions, SetupError, Trust};
pub use deployment::{
    CollisionStrategy, ConcurrencyOptions, Deployment, DeploymentFilter, DeploymentUpdate,
    DeploymentWrite, GlobalConcurrencyLimit, Written,
};
pub use error::{Error, Failure};
pub use event::{Event, TaskRunReport};
pub use flow::Flow;
pub use flow_run::{
    ChildRunWrite, FlowRun, FlowRunFilter, FlowRunOrder, FlowRunUpdate, FlowRunWrite,
    SetStateAnswer, SetStateDetails, SetStateStatus, State, StateDetails, StateType,
};
pub use follow::LogReader;
pub use log::Log;
pub use patience::{Outage, Patience};
pub use retry::RetryPolicy;
pub use schedule::{Schedule, ScheduleUpdate, ScheduleWrite, WireSchedule};
pub use secret::Secret;
pub use storable::{LONGEST_MESSAGE, LONGEST_NAME, cut, json_length};
pub use target::{Origin, Target, TargetError};
pub use task_run::{TaskRun, TaskRunWrite};
pub use work_pool::{WorkPool, WorkPoolWrite, WorkQueue};
