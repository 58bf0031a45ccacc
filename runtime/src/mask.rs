//! Keeps the values of secrets out of whatever people can read: logs, states, artifacts, parameters.

use std::borrow::Cow;
use std::io::Write;
use std::sync::{LazyLock, PoisonError, RwLock};

use longshore_mask::Mask;
use serde_json::Value;

use crate::log::printable;

/// Digits from which a number within a secret is masked; a shorter one may be a port, a status or a year.
const SHORTEST_NUMBER: usize = 6;

static SECRETS: LazyLock<RwLock<Mask>> = LazyLock::new(RwLock::default);

/// Masks a string from now on; if it is JSON, also the strings and long numbers in it.
pub(crate) fn add(secret: &str) {
    add_value(&Value::from(secret));
}

/// Masks a secret that may be JSON from now on: its text, and the strings and long numbers in it.
pub(crate) fn add_value(secret: &Value) {
    let mut texts = match secret {
        Value::Number(number) => vec![number.to_string()],
        _ => Vec::new(),
    };
    collect(secret, &mut texts);
    let mut secrets = SECRETS.write().unwrap_or_else(PoisonError::into_inner);
    secrets.add(texts.iter().map(String::as_str));
}

fn collect(value: &Value, texts: &mut Vec<String>) {
    match value {
        Value::String(text) => {
            texts.push(text.clone());
            if let Ok(inner @ (Value::Array(_) | Value::Object(_) | Value::String(_))) =
                serde_json::from_str(text)
            {
                collect(&inner, texts);
            }
        }
        Value::Array(values) => {
            texts.push(value.to_string());
            values.iter().for_each(|value| collect(value, texts));
        }
        Value::Object(values) => {
            texts.push(value.to_string());
            values.values().for_each(|value| collect(value, texts));
        }
        Value::Number(number) => {
            let number = number.to_string();
            if number.len() >= SHORTEST_NUMBER {
                texts.push(number);
            }
        }
        Value::Null | Value::Bool(_) => {}
    }
}

/// The text without secrets.
pub(crate) fn masked(text: &str) -> Cow<'_, str> {
    let secrets = SECRETS.read().unwrap_or_else(PoisonError::into_inner);
    secrets.mask(text)
}

/// The value with every string and number in it masked; a masked number becomes a string.
pub(crate) fn masked_value(value: Value) -> Value {
    match value {
        Value::String(text) => Value::String(masked(&text).into_owned()),
        Value::Array(values) => values.into_iter().map(masked_value).collect(),
        Value::Object(values) => values
            .into_iter()
            .map(|(key, value)| (masked(&key).into_owned(), masked_value(value)))
            .collect(),
        Value::Number(number) => match masked(&number.to_string()) {
            Cow::Borrowed(_) => Value::Number(number),
            Cow::Owned(masked) => Value::String(masked),
        },
        other => other,
    }
}

/// Standard error for a writer that passes one whole record at a time; control characters are escaped.
#[derive(Debug)]
pub(crate) struct MaskedStderr(std::io::Stderr);

impl MaskedStderr {
    #[expect(
        clippy::disallowed_methods,
        reason = "this writer escapes what it writes"
    )]
    pub(crate) fn new() -> Self {
        Self(std::io::stderr())
    }
}

impl Write for MaskedStderr {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let text = String::from_utf8_lossy(bytes);
        self.0.write_all(printable(&masked(&text)).as_bytes())?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.0.flush()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn strings_and_numbers_within_json_secrets_are_masked() {
        add(
            r#"{"user": "reader-7", "key": ["k1-abc", 4711, 20261126], "inner": "{\"pin\": \"p-i-n\"}"}"#,
        );
        add_value(&json!({ "token": { "value": "t-o-k" } }));
        add("abcdef");
        for (text, expected) in [
            ("reader-7 has k1-abc", "******** has ********"),
            ("port 4711 of 20261126", "port 4711 of ********"),
            ("p-i-n, t-o-k, pin", "********, ********, pin"),
            (r#"{"token":{"value":"t-o-k"}}"#, "********"),
            ("YWJjZGVm", "********"),
        ] {
            assert_eq!(masked(text), expected);
        }
        assert_eq!(
            masked_value(json!({ "abcdef": ["xabcdef", 20261126, 1, { "b": null }] })),
            json!({ "********": ["x********", "********", 1, { "b": null }] })
        );
    }
}
