//! The parameters of a flow: their schema for the server, their values for the function.

use schemars::{JsonSchema, Schema, SchemaGenerator, generate::SchemaSettings};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};

use crate::error::ParameterError;

/// A type that can be a flow's parameter.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be a flow's parameter",
    label = "this type is not read from and shown to the server",
    note = "derive `serde::Serialize`, `serde::Deserialize` and `schemars::JsonSchema` for it"
)]
pub trait Parameter: Serialize + DeserializeOwned + JsonSchema {}

impl<T: Serialize + DeserializeOwned + JsonSchema> Parameter for T {}

/// What a run gets that names no value.
#[derive(Debug, Clone, Copy)]
pub enum DefaultValue {
    /// Nothing: it does not start.
    Required,
    /// Nothing: the type is an `Option`.
    Null,
    /// A value that the schema shows.
    Shown(fn() -> Result<Value, serde_json::Error>),
    /// A value that is made anew for every run, and is not in the schema.
    PerRun,
}

impl DefaultValue {
    /// The default of a parameter whose attribute names none.
    #[must_use]
    pub const fn absent(required: bool) -> Self {
        if required { Self::Required } else { Self::Null }
    }
}

/// One parameter of a flow's function.
#[derive(Debug)]
pub struct ParameterRecord {
    /// Name, as the server knows it.
    pub name: &'static str,
    /// Doc comment of the parameter.
    pub description: Option<&'static str>,
    /// What takes the place of a missing value.
    pub default: DefaultValue,
    schema: fn(&mut SchemaGenerator) -> Schema,
}

impl ParameterRecord {
    /// The record of a parameter of type `T`.
    #[must_use]
    pub const fn of<T: Parameter>(
        name: &'static str,
        description: Option<&'static str>,
        default: DefaultValue,
    ) -> Self {
        Self {
            name,
            description,
            default,
            schema: |generator| generator.subschema_for::<T>(),
        }
    }
}

/// JSON schema of a parameter list in the shape that Prefect's form and validator take.
///
/// The shape is what Prefect's own Python client sends: one property per parameter with `title` and
/// `position`, `required`, and `definitions`.
#[must_use]
pub fn parameter_schema(parameters: &[ParameterRecord]) -> Value {
    let mut generator = SchemaSettings::draft07().into_generator();
    let mut properties = Map::new();
    let mut required = Vec::new();
    for (position, parameter) in parameters.iter().enumerate() {
        let mut property = (parameter.schema)(&mut generator).to_value();
        flatten_choices(&mut property);
        let Value::Object(fields) = &mut property else {
            // `true`, the schema of a type that takes anything, becomes an empty object.
            property = json!({"title": parameter.name, "position": position});
            properties.insert(parameter.name.to_owned(), property);
            continue;
        };
        fields.insert("title".to_owned(), json!(parameter.name));
        fields.insert("position".to_owned(), json!(position));
        if let Some(description) = parameter.description {
            fields.insert("description".to_owned(), json!(description));
        }
        match parameter.default {
            DefaultValue::Required => required.push(parameter.name),
            DefaultValue::Null => {
                fields.insert("default".to_owned(), Value::Null);
            }
            DefaultValue::Shown(default) => {
                if let Ok(default) = default() {
                    fields.insert("default".to_owned(), default);
                }
            }
            DefaultValue::PerRun => {}
        }
        properties.insert(parameter.name.to_owned(), property);
    }
    let mut definitions = Value::Object(generator.take_definitions(true));
    flatten_choices(&mut definitions);
    json!({
        "title": "Parameters",
        "type": "object",
        "properties": properties,
        "required": required,
        "definitions": definitions,
    })
}

/// Turns `oneOf` lists of constants, as documented enum variants give, into `enum`, which the form shows as a choice.
fn flatten_choices(schema: &mut Value) {
    match schema {
        Value::Object(fields) => {
            let choices = fields.get("oneOf").and_then(Value::as_array).and_then(|arms| {
                arms.iter().map(choices_of).collect::<Option<Vec<_>>>()
            });
            if let Some(choices) = choices {
                fields.remove("oneOf");
                fields.insert("type".to_owned(), json!("string"));
                fields.insert("enum".to_owned(), choices.concat().into());
            }
            fields.values_mut().for_each(flatten_choices);
        }
        Value::Array(items) => items.iter_mut().for_each(flatten_choices),
        _ => {}
    }
}

fn choices_of(arm: &Value) -> Option<Vec<Value>> {
    if arm.get("type").is_some_and(|kind| kind != "string") {
        return None;
    }
    match (arm.get("const"), arm.get("enum")) {
        (Some(constant @ Value::String(_)), _) => Some(vec![constant.clone()]),
        (None, Some(Value::Array(values))) => Some(values.clone()),
        _ => None,
    }
}

/// The parameter values of one run, taken out one by one.
#[derive(Debug, Default)]
pub struct Arguments {
    values: Map<String, Value>,
}

impl Arguments {
    /// Values by parameter name.
    #[must_use]
    pub fn new(values: Map<String, Value>) -> Self {
        Self { values }
    }

    /// The value of a parameter without a default; a missing one reads as null.
    ///
    /// # Errors
    /// The value does not fit the type, or is missing and the type takes no null.
    pub fn take<T: Parameter>(&mut self, name: &str) -> Result<T, ParameterError> {
        match self.values.remove(name) {
            Some(value) => read(name, value),
            None => serde_json::from_value(Value::Null).map_err(|_| ParameterError::Missing {
                name: name.to_owned(),
            }),
        }
    }

    /// The value of a parameter with a default.
    ///
    /// # Errors
    /// The value does not fit the type.
    pub fn take_or_else<T: Parameter>(
        &mut self,
        name: &str,
        default: impl FnOnce() -> T,
    ) -> Result<T, ParameterError> {
        match self.values.remove(name) {
            Some(value) => read(name, value),
            None => Ok(default()),
        }
    }

    /// Ends the reading.
    ///
    /// # Errors
    /// Values that no parameter took.
    pub fn finish(self) -> Result<(), ParameterError> {
        if self.values.is_empty() {
            return Ok(());
        }
        let mut names: Vec<String> = self.values.into_iter().map(|(name, _)| name).collect();
        names.sort();
        Err(ParameterError::Unknown { names })
    }
}

fn read<T: Parameter>(name: &str, value: Value) -> Result<T, ParameterError> {
    serde_json::from_value(value).map_err(|source| ParameterError::Read {
        name: name.to_owned(),
        source,
    })
}
