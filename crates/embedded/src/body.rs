//! Strict reading of bodies: unknown fields and wrong types are refused where they stand.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer};
use serde_json::{Value, json};
use serde_path_to_error::Segment;
use uuid::Uuid;

use crate::error::{ApiError, Mistake};

/// Reads a body; an empty one counts as `{}`, which is enough where every field is optional.
pub(crate) fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, ApiError> {
    let bytes = if bytes.is_empty() {
        b"{}".as_slice()
    } else {
        bytes
    };
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    let value = serde_path_to_error::deserialize(&mut reader).map_err(|error| mistake(&error))?;
    reader
        .end()
        .map_err(|error| ApiError::invalid(&[], error.to_string()))?;
    Ok(value)
}

/// A field that was sent, unlike one that was left out and takes `#[serde(default)]`.
pub(crate) fn sent<'de, T: Deserialize<'de>, D: Deserializer<'de>>(
    reader: D,
) -> Result<Option<T>, D::Error> {
    T::deserialize(reader).map(Some)
}

/// The id in a path; what is none is a path that does not exist.
pub(crate) fn id(text: &str) -> Result<Uuid, ApiError> {
    text.parse().map_err(|_| ApiError::not_found("Not Found"))
}

fn mistake(error: &serde_path_to_error::Error<serde_json::Error>) -> ApiError {
    let mut location: Vec<Value> = error
        .path()
        .iter()
        .filter_map(|segment| match segment {
            Segment::Seq { index } => Some(json!(index)),
            Segment::Map { key } => Some(json!(key)),
            Segment::Enum { .. } | Segment::Unknown => None,
        })
        .collect();
    let text = error.inner().to_string();
    // serde_json appends the position in the text, which says nothing to the reader of a path.
    let text = text
        .rsplit_once(" at line ")
        .map_or(text.as_str(), |(message, _)| message);
    let (kind, message) = if text.starts_with("unknown field") {
        // The path ends in the field already.
        (
            "extra_forbidden",
            "Extra inputs are not permitted".to_owned(),
        )
    } else if let Some(field) = text
        .strip_prefix("missing field `")
        .and_then(|rest| rest.strip_suffix('`'))
    {
        location.push(json!(field));
        ("missing", "Field required".to_owned())
    } else {
        ("value_error", text.to_owned())
    };
    ApiError::Invalid(vec![Mistake {
        location,
        kind,
        message,
    }])
}
