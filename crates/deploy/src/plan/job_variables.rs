//! Job variables against the job template of the work pool, which takes unknown ones without a word.

use longshore_spec::suggest::nearest;
use serde_json::Value;

use super::error::PlanError;
use crate::desired::Desired;

/// Read from the server by `longshore-run`, except for `command`; sent even if the template does not declare them.
const ALWAYS_SENT: [&str; 4] = ["artifact", "sha256", "command", "env"];

/// Used only if the template passes them on.
const SENT_WHERE_DECLARED: [&str; 1] = ["image"];

/// Takes out what the template does not pass on, and returns the names of that.
pub(super) fn check(
    desired: &mut Desired,
    template: &Value,
    problems: &mut Vec<PlanError>,
) -> Vec<&'static str> {
    // Nothing fills in a template that is not there, so anything may be stored for it.
    let Some(variables) = template.get("variables") else {
        return Vec::new();
    };
    let properties = variables.get("properties").and_then(Value::as_object);
    let declared: Vec<&str> = properties
        .into_iter()
        .flat_map(|properties| properties.keys().map(String::as_str))
        .collect();
    let is_declared = |name: &str| declared.contains(&name);
    let mut not_sent: Vec<&'static str> = SENT_WHERE_DECLARED.to_vec();
    let sent = &mut desired.fields.job_variables;
    not_sent.retain(|name| !is_declared(name) && sent.remove(*name).is_some());
    for name in desired.fields.job_variables.keys() {
        if !is_declared(name) && !ALWAYS_SENT.contains(&name.as_str()) {
            problems.push(PlanError::UnknownVariable {
                deployment: desired.key.clone(),
                place: desired.source,
                pool: desired.fields.work_pool_name.clone().unwrap_or_default(),
                variable: name.clone(),
                nearest: nearest(name, declared.iter().copied()).map(str::to_owned),
                declared: declared.iter().map(ToString::to_string).collect(),
            });
        }
    }
    not_sent
}
