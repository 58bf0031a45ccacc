//! Values that every Prefect server can store and return.
//!
//! A whole number that is too large in the parameters of one run makes a server answer 500 to each list that contains the
//! run, for everybody. How large depends on the server's libraries: above 2^63-1 is enough for some, 3.8.8 with the
//! libraries of our tests fails from 2^64 on. PostgreSQL stores no NUL.

use serde_json::{Number, Value};

/// Largest whole number that a server returns.
pub(super) const LARGEST: u64 = i64::MAX.unsigned_abs();

/// Part of a value that a server cannot store or return.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UnstorableError {
    /// A whole number above 2^63-1.
    #[error(
        "{0} is larger than {LARGEST}, the largest whole number that every Prefect server can return"
    )]
    TooLarge(Number),
    /// A string with a NUL.
    #[error("the string {0:?} has a NUL, which PostgreSQL cannot store")]
    Nul(String),
}

impl UnstorableError {
    /// Returns what to do about it.
    #[must_use]
    pub fn help(&self) -> &'static str {
        match self {
            Self::TooLarge(_) => "write a smaller number, or give the parameter the type `String`",
            Self::Nul(_) => "remove `\\0` from the string",
        }
    }
}

/// Checks a value and all values in it.
///
/// # Errors
/// The first part of it that a server cannot store or return.
pub fn check_storable(value: &Value) -> Result<(), UnstorableError> {
    match value {
        Value::Number(number) if is_too_large(number) => {
            Err(UnstorableError::TooLarge(number.clone()))
        }
        Value::String(text) => check_string(text),
        Value::Array(values) => values.iter().try_for_each(check_storable),
        Value::Object(entries) => entries.iter().try_for_each(|(key, value)| {
            check_string(key)?;
            check_storable(value)
        }),
        Value::Null | Value::Bool(_) | Value::Number(_) => Ok(()),
    }
}

fn check_string(text: &str) -> Result<(), UnstorableError> {
    if text.contains('\0') {
        return Err(UnstorableError::Nul(text.to_owned()));
    }
    Ok(())
}

fn is_too_large(number: &Number) -> bool {
    number.as_u64().is_some_and(|number| number > LARGEST)
}

/// Turns numbers that are too large into strings, to be shown.
pub(crate) fn large_numbers_as_strings(value: Value) -> Value {
    each_leaf(value, &|leaf| match leaf {
        Value::Number(number) if is_too_large(&number) => number.to_string().into(),
        other => other,
    })
}

/// Turns the strings of [`large_numbers_as_strings`] into numbers again.
pub(crate) fn large_numbers_from_strings(value: Value) -> Value {
    each_leaf(value, &|leaf| match leaf {
        Value::String(text) => match text.parse::<u64>() {
            Ok(number) if number > LARGEST => number.into(),
            _ => Value::String(text),
        },
        other => other,
    })
}

fn each_leaf(value: Value, change: &impl Fn(Value) -> Value) -> Value {
    match value {
        Value::Array(values) => {
            let values = values.into_iter();
            values.map(|value| each_leaf(value, change)).collect()
        }
        Value::Object(entries) => {
            let entries = entries.into_iter();
            entries
                .map(|(key, value)| (key, each_leaf(value, change)))
                .collect()
        }
        leaf => change(leaf),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn large_numbers_and_nul_are_found_at_any_depth() {
        for value in [
            json!(i64::MAX),
            json!(i64::MIN),
            json!(1e300),
            json!(["a", null]),
        ] {
            assert_eq!(check_storable(&value), Ok(()), "{value}");
        }
        let too_large = json!({ "a": [1, { "b": u64::MAX }] });
        let error = check_storable(&too_large).unwrap_err();
        assert!(
            error
                .to_string()
                .starts_with("18446744073709551615 is larger"),
            "{error}"
        );
        for nul in [json!(["a\0"]), json!({ "\0": 1 })] {
            let error = check_storable(&nul).unwrap_err();
            assert!(matches!(error, UnstorableError::Nul(_)), "{error}");
        }
    }

    #[test]
    fn large_numbers_survive_as_strings() {
        let value = json!({ "a": [1, u64::MAX, "text", "12"] });
        let shown = large_numbers_as_strings(value.clone());
        assert_eq!(
            shown,
            json!({ "a": [1, "18446744073709551615", "text", "12"] })
        );
        assert_eq!(large_numbers_from_strings(shown), value);
    }
}
