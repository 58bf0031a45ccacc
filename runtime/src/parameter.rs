//! The parameters of a flow: their schema for the server, their values for the function.

pub(crate) mod arguments;
mod schema;
mod storable;
mod text;

use std::any::Any;

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::error::ParameterError;
use crate::values::Literal;
pub use arguments::Arguments;
pub(crate) use arguments::{ArgumentReader, ArgumentTuple, Function};
pub use schema::parameter_schema;
pub use storable::{UnstorableError, check_storable};
pub(crate) use storable::{large_numbers_as_strings, large_numbers_from_strings};
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
    /// A literal that the schema shows.
    Literal(Literal),
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

/// How a type is read from and shown to the server.
#[derive(Debug)]
pub struct Conversion<T> {
    schema: fn(&mut SchemaGenerator) -> Schema,
    read: fn(Value) -> Result<T, serde_json::Error>,
    pub(crate) show: fn(&T) -> Result<Value, serde_json::Error>,
}

impl<T: Parameter> Conversion<T> {
    /// The conversion by `serde` and `schemars`.
    pub const NEW: Self = Self {
        schema: |generator| generator.subschema_for::<T>(),
        read: |value| serde_json::from_value(value),
        show: |value| serde_json::to_value(value),
    };
}

impl<T> Conversion<T> {
    /// The conversion of a type that cannot be a parameter; the macro refuses to compile such a flow.
    pub const REFUSED: Self = Self {
        schema: |_| Schema::default(),
        read: |_| Err(serde::de::Error::custom(REFUSED)),
        show: |_| Err(serde::ser::Error::custom(REFUSED)),
    };
}

const REFUSED: &str = "the type cannot be a flow's parameter";

/// What is known of a parameter's type.
#[derive(Debug)]
pub struct TypedParameter<T> {
    default: Default<T>,
    conversion: Conversion<T>,
}

/// A parameter of type `T`.
#[must_use]
pub const fn typed<T: Parameter>(default: Default<T>) -> TypedParameter<T> {
    typed_by(default, Conversion::NEW)
}

/// A parameter of a type whose conversion the macro has found.
#[must_use]
pub const fn typed_by<T>(default: Default<T>, conversion: Conversion<T>) -> TypedParameter<T> {
    TypedParameter {
        default,
        conversion,
    }
}

/// What can be asked of a parameter without knowing its type.
trait Typed: Sync {
    fn schema(&self, generator: &mut SchemaGenerator) -> Schema;
    fn default(&self) -> ShownDefault;
    /// The value of the type.
    fn read(&self, value: Value) -> Result<Box<dyn Any>, serde_json::Error>;
    /// The default that is no JSON, if there is one.
    fn made(&self) -> Option<Box<dyn Any>>;
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
        (self.conversion.schema)(generator)
    }

    fn default(&self) -> ShownDefault {
        match &self.default {
            Default::Required => ShownDefault::Required,
            Default::Null => ShownDefault::Value(Value::Null),
            Default::Literal(literal) => ShownDefault::Value(literal.value()),
            // A default that cannot be written as JSON stays a matter of the run.
            Default::Shown(default) => {
                (self.conversion.show)(&default()).map_or(ShownDefault::PerRun, ShownDefault::Value)
            }
            Default::PerRun(_) => ShownDefault::PerRun,
        }
    }

    fn read(&self, value: Value) -> Result<Box<dyn Any>, serde_json::Error> {
        Ok(Box::new((self.conversion.read)(value)?))
    }

    fn made(&self) -> Option<Box<dyn Any>> {
        match &self.default {
            Default::Shown(default) | Default::PerRun(default) => Some(Box::new(default())),
            Default::Required | Default::Null | Default::Literal(_) => None,
        }
    }

    fn show(&self, value: &dyn Any) -> Option<Value> {
        (self.conversion.show)(value.downcast_ref()?).ok()
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
    /// A parameter of a function.
    #[must_use]
    pub const fn new<T>(
        name: &'static str,
        description: Option<&'static str>,
        typed: &'static TypedParameter<T>,
    ) -> Self {
        Self {
            name,
            description,
            required: matches!(typed.default, Default::Required),
            typed,
        }
    }

    pub(crate) fn default(&self) -> ShownDefault {
        self.typed.default()
    }

    /// Returns the default that the schema shows.
    pub(crate) fn shown_default(&self) -> Option<Value> {
        match self.default() {
            ShownDefault::Value(value) => Some(value),
            ShownDefault::Required | ShownDefault::PerRun => None,
        }
    }

    pub(crate) fn check(&self, value: &Value) -> Result<(), serde_json::Error> {
        self.read(value.clone()).map(drop)
    }

    pub(crate) fn read(&self, value: Value) -> Result<Box<dyn Any>, serde_json::Error> {
        self.typed.read(value)
    }

    /// The value that a run names, or else the default.
    fn read_or_default(&self, value: Option<Value>) -> Result<Box<dyn Any>, ParameterError> {
        let name = || self.name.to_owned();
        if let Some(value) = value {
            return self.read(value).map_err(|source| ParameterError::Read {
                name: name(),
                source,
            });
        }
        if let Some(made) = self.typed.made() {
            return Ok(made);
        }
        match self.default() {
            ShownDefault::Value(value) => self.read(value).ok(),
            ShownDefault::Required | ShownDefault::PerRun => None,
        }
        .ok_or_else(|| ParameterError::Missing { name: name() })
    }

    pub(crate) fn show(&self, value: &dyn Any) -> Option<Value> {
        self.typed.show(value)
    }
}
