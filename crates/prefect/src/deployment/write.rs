use serde::Serialize;
use serde_json::{Map, Value};
use uuid::Uuid;

use super::ConcurrencyOptions;
use crate::{Capabilities, ScheduleWrite};

/// A whole deployment to be stored; everything is sent, since a server may reset what is left out.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct DeploymentWrite {
    /// Its name, unique in the flow.
    pub name: String,
    /// The flow it belongs to.
    pub flow_id: Uuid,
    /// Whether the scheduler makes no runs for it; `None` keeps what 3.x has stored, while 2.x un-pauses.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub paused: Option<bool>,
    /// All of its schedules; those that the server has are deleted and made anew.
    pub schedules: Vec<ScheduleWrite>,
    /// Values of the flow's parameters.
    pub parameters: Map<String, Value>,
    /// JSON schema of the parameters.
    pub parameter_openapi_schema: Value,
    /// Whether the server checks parameters against the schema.
    pub enforce_parameter_schema: bool,
    /// Its tags.
    pub tags: Vec<String>,
    /// A text for people.
    pub description: Option<String>,
    /// Stored as sent.
    pub version: Option<String>,
    /// Stored as sent.
    pub path: Option<String>,
    /// Stored as sent.
    pub entrypoint: Option<String>,
    /// Stored as sent; an array of steps.
    pub pull_steps: Vec<Value>,
    /// The work pool whose workers take its runs.
    pub work_pool_name: Option<String>,
    /// The queue in that pool; one that is missing is made.
    pub work_queue_name: Option<String>,
    /// Values for the pool's job template.
    pub job_variables: Map<String, Value>,
    /// Runs at once; 2.x cannot store it.
    pub concurrency_limit: Option<u32>,
    /// What happens to a run that finds no slot; 2.x cannot store it.
    pub concurrency_options: Option<ConcurrencyOptions>,
    /// Labels; 2.x cannot store them.
    pub labels: Map<String, Value>,
}

/// The fields that 2.x refuses.
const ONLY_IN_3: [&str; 3] = ["concurrency_limit", "concurrency_options", "labels"];

impl DeploymentWrite {
    /// A deployment with this name and flow, and nothing else set.
    pub fn new(name: impl Into<String>, flow_id: Uuid) -> Self {
        Self {
            name: name.into(),
            flow_id,
            paused: None,
            schedules: Vec::new(),
            parameters: Map::new(),
            parameter_openapi_schema: Value::Object(Map::new()),
            enforce_parameter_schema: true,
            tags: Vec::new(),
            description: None,
            version: None,
            path: None,
            entrypoint: None,
            pull_steps: Vec::new(),
            work_pool_name: None,
            work_queue_name: None,
            job_variables: Map::new(),
            concurrency_limit: None,
            concurrency_options: None,
            labels: Map::new(),
        }
    }

    /// What a server of this version cannot store of it, and what a write therefore leaves out.
    ///
    /// Some of `concurrency limit`, `concurrency options`, `labels`, `schedule slug`, `schedule parameters`.
    pub fn unsupported_on(&self, capabilities: &Capabilities) -> Vec<&'static str> {
        let mut unsupported = Vec::new();
        if !capabilities.concurrency_limits() {
            if self.concurrency_limit.is_some() {
                unsupported.push("concurrency limit");
            }
            if self.concurrency_options.is_some() {
                unsupported.push("concurrency options");
            }
        }
        if !capabilities.labels() && !self.labels.is_empty() {
            unsupported.push("labels");
        }
        for schedule in &self.schedules {
            for name in schedule.unsupported_on(capabilities) {
                if !unsupported.contains(&name) {
                    unsupported.push(name);
                }
            }
        }
        unsupported
    }

    /// The body of `POST /deployments/` for a server of this version.
    pub(crate) fn body(&self, capabilities: &Capabilities) -> Value {
        let mut copy = self.clone();
        for schedule in &mut copy.schedules {
            *schedule = schedule.for_server(capabilities);
        }
        let mut body = crate::request::json_of(&copy);
        if let (Some(fields), true) = (body.as_object_mut(), capabilities.is_2()) {
            for name in ONLY_IN_3 {
                fields.remove(name);
            }
        }
        body
    }
}
