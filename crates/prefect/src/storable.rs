//! Text as every server can store it.
//!
//! A server on PostgreSQL answers 503 to whatever its database refuses: a NUL anywhere in a text, and a text in an index
//! that does not fit a page of it (a B-tree's entry has at most 2,704 bytes). To a client that looks like an outage.

use serde::{Serialize as _, Serializer};
use serde_json::Value;

/// Longest name of a run in bytes of JSON; it is in an index.
pub const LONGEST_NAME: usize = 1000;

/// Longest message of a state in bytes of JSON. Servers store more, but no page shows it, and an event of more than
/// 1.5 MB, which holds it twice, is accepted and dropped.
pub const LONGEST_MESSAGE: usize = 256 << 10;

/// Replaces every NUL in the strings and keys of a value by U+FFFD.
pub(crate) fn replace_nul(value: &mut Value) {
    match value {
        Value::String(text) => replace_nul_in(text),
        Value::Array(values) => values.iter_mut().for_each(replace_nul),
        Value::Object(entries) => {
            entries.values_mut().for_each(replace_nul);
            if entries.keys().any(|key| key.contains('\0')) {
                let all = std::mem::take(entries);
                entries.extend(all.into_iter().map(|(mut key, value)| {
                    replace_nul_in(&mut key);
                    (key, value)
                }));
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

fn replace_nul_in(text: &mut String) {
    if text.contains('\0') {
        *text = text.replace('\0', "\u{fffd}");
    }
}

/// Length in bytes of a text within JSON, where a control character takes six.
#[must_use]
pub fn json_length(text: &str) -> usize {
    text.chars().map(json_length_of).sum()
}

fn json_length_of(character: char) -> usize {
    match character {
        '"' | '\\' | '\n' | '\r' | '\t' => 2,
        '\0'..='\u{1f}' => 6,
        _ => character.len_utf8(),
    }
}

/// Cuts a text that takes more than `limit` bytes of JSON, and says how long it was.
#[must_use]
pub fn cut(mut text: String, limit: usize) -> String {
    // Most texts are short, and none is shorter in JSON.
    if text.len() <= limit / 6 {
        return text;
    }
    let mut length = 0;
    let end = text.char_indices().find_map(|(at, character)| {
        length += json_length_of(character);
        (length > limit).then_some(at)
    });
    if let Some(end) = end {
        let whole = text.len();
        text.truncate(end);
        text.push_str(&format!(" ... ({whole} bytes)"));
    }
    text
}

/// Writes a message of a state, cut to [`LONGEST_MESSAGE`].
pub(crate) fn message<S: Serializer>(text: &Option<String>, to: S) -> Result<S::Ok, S::Error> {
    text.clone()
        .map(|text| cut(text, LONGEST_MESSAGE))
        .serialize(to)
}

/// Writes a name of a run, cut to [`LONGEST_NAME`].
pub(crate) fn name<S: Serializer>(text: &str, to: S) -> Result<S::Ok, S::Error> {
    cut(text.to_owned(), LONGEST_NAME).serialize(to)
}

/// As [`name`], of one that need not be given.
pub(crate) fn optional_name<S: Serializer>(
    text: &Option<String>,
    to: S,
) -> Result<S::Ok, S::Error> {
    text.clone()
        .map(|text| cut(text, LONGEST_NAME))
        .serialize(to)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn nul_is_replaced_wherever_it_is() {
        let mut value = json!({ "a\0": ["b\0", { "c": "\0" }], "d": 1, "e": null, "f": "fine" });
        replace_nul(&mut value);
        let expected = json!({ "a\u{fffd}": ["b\u{fffd}", { "c": "\u{fffd}" }], "d": 1, "e": null, "f": "fine" });
        assert_eq!(value, expected);
    }

    #[test]
    fn a_cut_text_keeps_its_characters_whole_and_says_its_length() {
        assert_eq!(cut("short".to_owned(), 5), "short");
        assert_eq!(cut("aø".repeat(10), 5), "aøa ... (30 bytes)");
        assert_eq!(cut("\u{1}".repeat(10), 17), "\u{1}\u{1} ... (10 bytes)");
        for text in ["plain", "quote \" and \\", "\u{1}\n\u{7f}", "æøå 🦀"] {
            let written = json!(text).to_string();
            assert_eq!(json_length(text), written.len() - 2, "{written}");
        }
    }
}
