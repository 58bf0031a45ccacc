//! Variables of job templates and their JSON Schema.

use serde_json::{Map, Value, json};

/// Variables of each type of pool, including those of the artifact.
pub(super) fn common() -> Map<String, Value> {
    let mut variables = of_artifacts();
    variables.extend(named([
        ("labels", texts("Labels")),
        ("name", text("Name")),
        (
            "stream_output",
            json!({ "title": "Stream Output", "type": "boolean", "default": true }),
        ),
    ]));
    variables
}

/// Variables that `deploy` sets on each deployment.
pub(super) fn of_artifacts() -> Map<String, Value> {
    named([("artifact", text("Artifact")), ("sha256", text("SHA-256"))])
}

/// Variables by which a run chooses what is executed.
pub(super) fn of_open_pools() -> Map<String, Value> {
    named([
        ("command", text("Command")),
        ("env", texts("Environment Variables")),
    ])
}

pub(super) fn named<const N: usize>(variables: [(&str, Value); N]) -> Map<String, Value> {
    let variables = variables.into_iter();
    variables
        .map(|(name, schema)| (name.to_owned(), schema))
        .collect()
}

pub(super) fn text(title: &str) -> Value {
    json!({ "title": title, "type": "string" })
}

pub(super) fn texts(title: &str) -> Value {
    json!({ "title": title, "type": "object", "additionalProperties": { "type": "string" } })
}

pub(super) fn number(title: &str) -> Value {
    json!({ "title": title, "type": "integer" })
}

/// Each of these keys with the variable of the same name.
pub(super) fn placeholders(names: &[&str]) -> Map<String, Value> {
    names
        .iter()
        .map(|name| ((*name).to_owned(), placeholder(name)))
        .collect()
}

pub(super) fn placeholder(name: &str) -> Value {
    json!(format!("{{{{ {name} }}}}"))
}
