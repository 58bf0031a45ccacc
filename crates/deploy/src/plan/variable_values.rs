//! Values of job variables, compared with the JSON Schema in the job template of a work pool.

use std::collections::BTreeMap;

use longshore_spec::looks_secret;
use serde_json::{Map, Value};

use crate::fields::ENVIRONMENT;
use crate::judge::Judge;

/// Mark of a definition that stands for a block of Prefect, whose values may be references to a block.
const BLOCK: &str = "block_type_slug";

/// The schema of a pool's job variables, read as Prefect reads it.
pub(crate) struct VariablesSchema(Option<Judge>);

impl VariablesSchema {
    /// Compiles the schema of a template.
    ///
    /// A schema that cannot be compiled accepts everything, so that Prefect itself decides about the values.
    pub(crate) fn of(template: &Value) -> Self {
        let Some(variables) = template.get("variables") else {
            return Self(None);
        };
        let mut schema = variables.clone();
        if let Some(keywords) = schema.as_object_mut() {
            // Prefect reads every schema by draft 2020-12.
            keywords.remove("$schema");
        }
        accept_nulls(&mut schema);
        let definitions = schema.get_mut("definitions").and_then(Value::as_object_mut);
        definitions
            .into_iter()
            .flat_map(Map::values_mut)
            .for_each(accept_nulls);
        relax(&mut schema);
        Self(Judge::new(schema).ok())
    }

    /// Returns what is wrong with each variable, by its name; the name is empty for all of them together.
    pub(crate) fn problems(&self, variables: &Map<String, Value>) -> BTreeMap<String, String> {
        let mut problems: BTreeMap<String, Vec<String>> = BTreeMap::new();
        let Some(judge) = &self.0 else {
            return BTreeMap::new();
        };
        for mismatch in judge.mismatches(&Value::Object(variables.clone())) {
            let (name, inside) = mismatch
                .path
                .split_once('/')
                .unwrap_or((&mismatch.path, ""));
            let message = match inside {
                "" => mismatch.message,
                // The message may contain the value.
                _ if name == ENVIRONMENT && has_secret(variables, inside) => {
                    format!("`{inside}`: its value does not fit")
                }
                _ => format!("`{inside}`: {}", mismatch.message),
            };
            problems.entry(name.to_owned()).or_default().push(message);
        }
        let joined = problems.into_iter();
        joined
            .map(|(name, messages)| (name, messages.join("; ")))
            .collect()
    }
}

/// Whether a variable of the environment is likely to hold a secret.
fn has_secret(variables: &Map<String, Value>, name: &str) -> bool {
    let value = variables[ENVIRONMENT][name].as_str().unwrap_or_default();
    looks_secret(name, value)
}

/// Lets each property that is not required be null, as Prefect does: older schemas do not say that it may be.
fn accept_nulls(schema: &mut Value) {
    let required = schema["required"].as_array().cloned().unwrap_or_default();
    let Some(properties) = schema.get_mut("properties").and_then(Value::as_object_mut) else {
        return;
    };
    for (name, property) in properties {
        if !required.iter().any(|required| required == name)
            && let Some(types) = property.get_mut("type")
        {
            *types = match types.take() {
                Value::Array(types) if types.iter().any(|of| of == "null") => types.into(),
                Value::Array(mut types) => {
                    types.push("null".into());
                    types.into()
                }
                only if only == "null" => only,
                only => [only, "null".into()].into_iter().collect(),
            };
        }
        accept_nulls(property);
    }
}

/// Rewrites a schema as Prefect does before it compares the variables of a deployment with it.
///
/// Nothing is required, because a run may add what the deployment leaves out.
fn relax(schema: &mut Value) {
    match schema {
        Value::Object(keywords) => {
            keywords.remove("required");
            if keywords.contains_key(BLOCK) {
                keywords.clear();
            }
            keywords.values_mut().for_each(relax);
        }
        Value::Array(schemas) => schemas.iter_mut().for_each(relax),
        _ => {}
    }
}
