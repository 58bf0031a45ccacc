//! Values of a deployment's environment that no output shows.

use longshore_spec::{has_secret_name, looks_secret};
use serde_json::{Value, json};

use super::{ENVIRONMENT_FIELD, FieldChange};

/// Stands for a value that is likely to be a secret.
const HIDDEN: &str = "(hidden)";

impl FieldChange {
    /// The same change without the values of the environment that are likely to be secrets.
    pub(crate) fn without_secrets(&self) -> Self {
        let hidden = |value: &Value| {
            let name = self.field.strip_prefix(ENVIRONMENT_FIELD);
            match name.map(|name| name.strip_prefix('.')) {
                Some(Some(name)) => hidden_if_secret(name, value),
                Some(None) => environment_without_secrets(value),
                None => value.clone(),
            }
        };
        Self {
            field: self.field.clone(),
            old: hidden(&self.old),
            new: hidden(&self.new),
        }
    }
}

/// The values of an environment, except for those that are likely to be secrets.
pub(crate) fn environment_without_secrets(environment: &Value) -> Value {
    let Some(variables) = environment.as_object() else {
        return environment.clone();
    };
    let shown = variables
        .iter()
        .map(|(name, value)| (name.clone(), hidden_if_secret(name, value)));
    Value::Object(shown.collect())
}

/// A value of the environment, or what stands for it if it is likely to be a secret.
fn hidden_if_secret(name: &str, value: &Value) -> Value {
    match value {
        Value::Null => Value::Null,
        Value::String(text) if !looks_secret(name, text) => value.clone(),
        Value::String(_) => json!(HIDDEN),
        _ if has_secret_name(name) => json!(HIDDEN),
        other => other.clone(),
    }
}
