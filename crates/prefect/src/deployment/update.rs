use serde::Serialize;
use serde_json::{Map, Value};

use super::ConcurrencyOptions;
use crate::{Capabilities, ScheduleWrite};

/// A change of a deployment; what is `None` stays as it is, `Some(None)` clears.
///
/// Every update, even of the description, deletes the future runs that the scheduler has made; it makes them anew. So
/// does a change of a single schedule, for the runs of all schedules.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct DeploymentUpdate {
    /// Whether the scheduler makes no runs for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub paused: Option<bool>,
    /// On 3.x those with a known slug are changed in place, those with a new slug are added, and the others stay;
    /// without slugs, and on 2.x, all schedules are replaced.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub schedules: Option<Vec<ScheduleWrite>>,
    /// Values of the flow's parameters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parameters: Option<Map<String, Value>>,
    /// JSON schema of the parameters; 2.x can change it by a whole write only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parameter_openapi_schema: Option<Value>,
    /// Whether the server checks parameters against the schema.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub enforce_parameter_schema: Option<bool>,
    /// All of its tags.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tags: Option<Vec<String>>,
    /// A text for people.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<Option<String>>,
    /// Stored as sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<Option<String>>,
    /// Stored as sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub path: Option<Option<String>>,
    /// Stored as sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub entrypoint: Option<Option<String>>,
    /// Stored as sent; 2.x can change them by a whole write only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pull_steps: Option<Vec<Value>>,
    /// The work pool; make sure that it exists, a server answers 500 if it does not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub work_pool_name: Option<String>,
    /// The queue in the pool; one that is missing is made.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub work_queue_name: Option<String>,
    /// All values for the pool's job template.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub job_variables: Option<Map<String, Value>>,
    /// Runs at once; 2.x cannot store it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub concurrency_limit: Option<Option<u32>>,
    /// What happens to a run that finds no slot; 2.x cannot store it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub concurrency_options: Option<Option<ConcurrencyOptions>>,
}

impl DeploymentUpdate {
    /// What the PATCH of a server of this version refuses.
    ///
    /// Some of `parameter schema`, `pull steps` (2.x takes both in a whole write), `concurrency limit`, `concurrency
    /// options`, `schedule slug`, `schedule parameters` (2.x has none of these).
    pub fn unsupported_on(&self, capabilities: &Capabilities) -> Vec<&'static str> {
        let mut unsupported = Vec::new();
        if capabilities.is_2() {
            let refused = [
                ("parameter schema", self.parameter_openapi_schema.is_some()),
                ("pull steps", self.pull_steps.is_some()),
                ("concurrency limit", self.concurrency_limit.is_some()),
                ("concurrency options", self.concurrency_options.is_some()),
            ];
            unsupported.extend(
                refused
                    .iter()
                    .filter(|(_, set)| *set)
                    .map(|(name, _)| *name),
            );
        }
        for schedule in self.schedules.iter().flatten() {
            for name in schedule.unsupported_on(capabilities) {
                if !unsupported.contains(&name) {
                    unsupported.push(name);
                }
            }
        }
        unsupported
    }
}
