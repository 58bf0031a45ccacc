//! The parameters of a flow: their schema for the server, their values for the function.

mod schema;
mod text;

use std::any::Any;

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::error::ParameterError;
pub use schema::parameter_schema;
pub(crate) use text::Form;
pub use text::ParameterTextError;

/// A type that can be a flow's parameter.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be a flow's parameter",
    label = "this type is not read from and shown to the server",
    note = "derive `serde::Serialize`, `serde::Deserialize` and `schemars::JsonSchema` for it"
)]
pub trait Parameter: Serialize + DeserializeOwned + JsonSchema {}

impl<T: Serialize + DeserializeOwned + JsonSchema> Parameter for T {}

/// What a run gets that names no value.
#[derive(Debug)]
pub enum Default<T> {
    /// Nothing: it does not start.
    Required,
    /// Nothing: the type is an `Option`.
    Null,
    /// A value that the schema shows.
    Shown(fn() -> T),
    /// A value that is made anew for every run, and is not in the schema.
    PerRun(fn() -> T),
}

impl<T> Default<T> {
    /// The default of a parameter whose attribute names none.
    #[must_use]
    pub const fn absent(required: bool) -> Self {
        if required { Self::Required } else { Self::Null }
    }
}

/// One parameter of a flow's function, with its type.
#[derive(Debug)]
pub struct TypedParameter<T> {
    name: &'static str,
    description: Option<&'static str>,
    default: Default<T>,
    schema: fn(&mut SchemaGenerator) -> Schema,
    read: fn(Value) -> Result<T, serde_json::Error>,
    show: fn(&T) -> Result<Value, serde_json::Error>,
}

/// A parameter of type `T`.
#[must_use]
pub const fn typed<T: Parameter>(
    name: &'static str,
    description: Option<&'static str>,
    default: Default<T>,
) -> TypedParameter<T> {
    TypedParameter {
        name,
        description,
        default,
        schema: |generator| generator.subschema_for::<T>(),
        read: |value| serde_json::from_value(value),
        show: |value| serde_json::to_value(value),
    }
}

// Without bounds on `T`, so that a type that lacks a trait is reported once, where the parameter is made.
impl<T> TypedParameter<T> {
    /// Takes the parameter's value out of the arguments of a run.
    ///
    /// # Errors
    /// The value does not fit the type, or there is neither a value nor a default.
    pub fn take(&self, arguments: &mut Arguments) -> Result<T, ParameterError> {
        let name = || self.name.to_owned();
        match (arguments.values.remove(self.name), &self.default) {
            (Some(value), _) => (self.read)(value).map_err(|source| ParameterError::Read {
                name: name(),
                source,
            }),
            (None, Default::Shown(default) | Default::PerRun(default)) => Ok(default()),
            (None, Default::Null) => {
                (self.read)(Value::Null).map_err(|_| ParameterError::Missing { name: name() })
            }
            (None, Default::Required) => Err(ParameterError::Missing { name: name() }),
        }
    }
}

impl<T: 'static> TypedParameter<T> {
    /// What the registry keeps of the parameter.
    #[must_use]
    pub const fn record(&'static self) -> ParameterRecord {
        ParameterRecord {
            name: self.name,
            description: self.description,
            required: matches!(self.default, Default::Required),
            typed: self,
        }
    }
}

/// What can be asked of a parameter without knowing its type.
trait Typed: Sync {
    fn schema(&self, generator: &mut SchemaGenerator) -> Schema;
    fn default(&self) -> ShownDefault;
    /// The value of the type.
    fn read(&self, value: Value) -> Result<Box<dyn Any>, serde_json::Error>;
    /// A value of the type as JSON; `None` if it cannot be written, or is of another type.
    fn show(&self, value: &dyn Any) -> Option<Value>;
}

/// The default as the schema and the flags show it.
pub(crate) enum ShownDefault {
    Required,
    Value(Value),
    PerRun,
}

impl<T: 'static> Typed for TypedParameter<T> {
    fn schema(&self, generator: &mut SchemaGenerator) -> Schema {
        (self.schema)(generator)
    }

    fn default(&self) -> ShownDefault {
        match &self.default {
            Default::Required => ShownDefault::Required,
            Default::Null => ShownDefault::Value(Value::Null),
            // A default that cannot be written as JSON stays a matter of the run.
            Default::Shown(default) => {
                (self.show)(&default()).map_or(ShownDefault::PerRun, ShownDefault::Value)
            }
            Default::PerRun(_) => ShownDefault::PerRun,
        }
    }

    fn read(&self, value: Value) -> Result<Box<dyn Any>, serde_json::Error> {
        Ok(Box::new((self.read)(value)?))
    }

    fn show(&self, value: &dyn Any) -> Option<Value> {
        (self.show)(value.downcast_ref()?).ok()
    }
}

/// One parameter of a flow's function, as the registry keeps it.
pub struct ParameterRecord {
    /// Name, as the server knows it.
    pub name: &'static str,
    /// Doc comment of the parameter.
    pub description: Option<&'static str>,
    /// Whether a run has to name a value.
    pub required: bool,
    typed: &'static dyn Typed,
}

impl std::fmt::Debug for ParameterRecord {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ParameterRecord")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

impl ParameterRecord {
    pub(crate) fn default(&self) -> ShownDefault {
        self.typed.default()
    }

    fn check(&self, value: &Value) -> Result<(), serde_json::Error> {
        self.read(value.clone()).map(drop)
    }

    pub(crate) fn read(&self, value: Value) -> Result<Box<dyn Any>, serde_json::Error> {
        self.typed.read(value)
    }

    pub(crate) fn show(&self, value: &dyn Any) -> Option<Value> {
        self.typed.show(value)
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
