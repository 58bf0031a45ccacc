//! Keeps the values of secrets out of whatever people can read: logs, states, artifacts, parameters.

use std::borrow::Cow;
use std::io::Write;
use std::sync::{PoisonError, RwLock};

use serde_json::Value;

use crate::log::printable;

/// What stands for a secret.
const MASK: &str = "********";

/// A shorter text is not masked: it would turn up everywhere.
const SHORTEST: usize = 4;

/// The texts to be masked, longest first.
static TEXTS: RwLock<Vec<String>> = RwLock::new(Vec::new());

/// From here on the secret is masked: as it is, line by line, and as `Debug` and JSON write it.
pub(crate) fn add(secret: &str) {
    let mut texts = TEXTS.write().unwrap_or_else(PoisonError::into_inner);
    let debug = format!("{secret:?}");
    let json = Value::from(secret).to_string();
    let within_quotes = |text: &str| text[1..text.len() - 1].to_owned();
    let forms = [
        secret.to_owned(),
        within_quotes(&debug),
        within_quotes(&json),
    ];
    let lines = secret.lines().map(|line| line.trim().to_owned());
    for text in forms.into_iter().chain(lines) {
        if text.len() >= SHORTEST && !texts.contains(&text) {
            texts.push(text);
        }
    }
    texts.sort_by_key(|text| std::cmp::Reverse(text.len()));
}

/// The text without secrets.
pub(crate) fn masked(text: &str) -> Cow<'_, str> {
    let texts = TEXTS.read().unwrap_or_else(PoisonError::into_inner);
    let mut masked = Cow::Borrowed(text);
    for secret in texts.iter() {
        if masked.contains(secret.as_str()) {
            masked = Cow::Owned(masked.replace(secret.as_str(), MASK));
        }
    }
    masked
}

/// The value with every text in it masked.
pub(crate) fn masked_value(value: Value) -> Value {
    match value {
        Value::String(text) => Value::String(masked(&text).into_owned()),
        Value::Array(values) => values.into_iter().map(masked_value).collect(),
        Value::Object(values) => values
            .into_iter()
            .map(|(key, value)| (masked(&key).into_owned(), masked_value(value)))
            .collect(),
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
    fn secrets_are_masked_in_every_form() {
        assert_eq!(masked("nothing"), "nothing");
        for secret in [
            "pa\"ss\\word",
            "key one\nkey two",
            "abcdef",
            "abcdefgh",
            "a",
        ] {
            add(secret);
        }
        for (text, expected) in [
            ("it is pa\"ss\\word!", "it is ********!"),
            (&format!("{:?}", "pa\"ss\\word"), "\"********\""),
            (
                "first key two, then key one",
                "first ********, then ********",
            ),
            ("abcdefgh abcdef", "******** ********"),
            ("a", "a"),
        ] {
            assert_eq!(masked(text), expected);
        }
        assert_eq!(
            masked_value(json!({ "abcdef": ["xabcdef", 1, { "b": null }] })),
            json!({ "********": ["x********", 1, { "b": null }] })
        );
    }
}
