//! Values that the attributes give to parameters: as data where the macro knows all of them, and else as code.

use serde::{Serialize, Serializer};
use serde_json::{Map, Value};

use crate::parameter::Conversion;

/// A value that stands in the attribute as a literal of the parameter's own type.
///
/// Data costs the compiler next to nothing, and a function with a few lines about half a millisecond.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Literal {
    /// Of a `String`.
    Text(&'static str),
    /// Of a `bool`.
    Truth(bool),
    /// Of an integer that is not negative.
    Natural(u64),
    /// Of a negative integer.
    Negative(i64),
    /// Of an `f64`.
    Float(f64),
}

impl Literal {
    /// The value in JSON, as `serde` writes it for the type.
    #[must_use]
    pub fn value(self) -> Value {
        match self {
            Self::Text(text) => text.into(),
            Self::Truth(truth) => truth.into(),
            Self::Natural(number) => number.into(),
            Self::Negative(number) => number.into(),
            Self::Float(number) => number.into(),
        }
    }
}

/// Parameter values of a deployment or of one schedule.
#[derive(Debug, Clone, Copy)]
pub enum ParameterValues {
    /// Literals by parameter name.
    Literals(&'static [(&'static str, Literal)]),
    /// What a generated function gives.
    Made(fn(&mut Values)),
}

impl ParameterValues {
    /// No values.
    pub const NONE: Self = Self::Literals(&[]);

    /// The values by parameter name.
    ///
    /// # Errors
    /// A value that `serde` cannot write as JSON, such as a map with structured keys.
    pub fn get(&self) -> Result<Map<String, Value>, serde_json::Error> {
        match self {
            Self::Literals(literals) => Ok(literals
                .iter()
                .map(|(name, literal)| ((*name).to_owned(), literal.value()))
                .collect()),
            Self::Made(make) => {
                let mut values = Values::default();
                make(&mut values);
                match values.error {
                    Some(error) => Err(error),
                    None => Ok(values.values),
                }
            }
        }
    }
}

impl Serialize for ParameterValues {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.get()
            .map_err(serde::ser::Error::custom)?
            .serialize(serializer)
    }
}

/// Takes values one by one; of those that cannot be written as JSON it keeps the first error.
#[derive(Debug, Default)]
pub struct Values {
    values: Map<String, Value>,
    error: Option<serde_json::Error>,
}

impl Values {
    /// Writes a value as JSON under its parameter's name.
    pub fn give<T: Serialize>(&mut self, name: &str, value: &T) {
        self.keep(name, serde_json::to_value(value));
    }

    /// Does the same for a value whose conversion the macro has found.
    pub fn give_by<T>(&mut self, name: &str, value: &T, conversion: &Conversion<T>) {
        self.keep(name, (conversion.show)(value));
    }

    fn keep(&mut self, name: &str, value: Result<Value, serde_json::Error>) {
        match value {
            Ok(value) => {
                self.values.insert(name.to_owned(), value);
            }
            Err(error) => {
                self.error.get_or_insert(error);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use serde_json::json;

    use super::*;

    #[test]
    fn literals_are_written_as_serde_writes_their_types() {
        for (literal, value) in [
            (Literal::Text("eu"), serde_json::to_value("eu")),
            (Literal::Truth(true), serde_json::to_value(true)),
            (Literal::Natural(7), serde_json::to_value(7_u32)),
            (Literal::Natural(u64::MAX), serde_json::to_value(u64::MAX)),
            (Literal::Natural(7), serde_json::to_value(7_i8)),
            (Literal::Negative(-7), serde_json::to_value(-7_i8)),
            (Literal::Float(0.1), serde_json::to_value(0.1_f64)),
            (Literal::Float(2.0), serde_json::to_value(2.0_f64)),
        ] {
            assert_eq!(literal.value(), value.expect("JSON"));
        }
    }

    #[test]
    fn the_first_value_that_is_no_json_is_told() {
        let values = ParameterValues::Made(|values| {
            values.give("days", &7);
            values.give("sizes", &HashMap::from([((1, 2), 3)]));
        });
        let error = values.get().expect_err("a key that is no text");
        assert!(
            error.to_string().contains("key must be a string"),
            "{error}"
        );
        let values = ParameterValues::Made(|values| values.give("days", &7));
        let expected = json!({ "days": 7 });
        assert_eq!(Value::Object(values.get().expect("values")), expected);
    }
}
