//! Job variables against the job template of the work pool: Prefect accepts unknown names, and values only by schema.

use std::collections::BTreeMap;

use longshore_spec::suggest::nearest;
use serde_json::Value;

use super::error::PlanError;
use super::variable_values::VariablesSchema;
use crate::config::{ATTRIBUTE, Config};
use crate::desired::Desired;

/// Read from the server by `longshore-run`, except for `command`; sent even if the template does not declare them.
const ALWAYS_SENT: [&str; 4] = ["artifact", "sha256", "command", "env"];

/// Used only if the template passes them on.
const SENT_WHERE_DECLARED: [&str; 1] = ["image"];

/// Takes out what the template does not pass on, and returns the names of that.
pub(super) fn check_names(
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

/// The schemas of the pools, each compiled once.
#[derive(Default)]
pub(super) struct Schemas(BTreeMap<String, VariablesSchema>);

impl Schemas {
    /// Compares the values of a deployment's job variables with the schema in the template of its pool.
    pub(super) fn check_values(
        &mut self,
        desired: &Desired,
        template: &Value,
        config: &Config,
    ) -> Vec<PlanError> {
        let pool = desired.fields.work_pool_name.clone().unwrap_or_default();
        let schema = self.0.entry(pool.clone());
        let schema = schema.or_insert_with(|| VariablesSchema::of(template));
        let problems = schema.problems(&desired.fields.job_variables).into_iter();
        problems
            .map(|(variable, message)| PlanError::VariableValue {
                deployment: desired.key.clone(),
                place: desired.source,
                pool: pool.clone(),
                origin: origin(&variable, desired, config),
                variable,
                message,
            })
            .collect()
    }
}

/// Where a value comes from, unless it is written in the attribute alone.
fn origin(variable: &str, desired: &Desired, config: &Config) -> Option<String> {
    match variable {
        "command" => config
            .runner
            .as_ref()
            .map(|_| "[runner] of longshore.toml".to_owned()),
        "image" => {
            let mut settings = desired.settings.iter();
            let image = settings.find(|setting| setting.name == "image")?;
            (image.origin != ATTRIBUTE).then(|| format!("{} of longshore.toml", image.origin))
        }
        _ => None,
    }
}
