//! A parameter schema in the words of JSON Schema's draft 4.
//!
//! Prefect 2 checks schemas by draft 4, in which `required` is never empty, a schema is never a mere `true`, and
//! `exclusiveMinimum` is no number; but it checks values by draft 2020-12, so that only what both know can be sent.

use serde_json::{Map, Value, json};

/// Keywords whose value is a schema, or a list of schemas.
const SCHEMAS: [&str; 6] = [
    "allOf",
    "anyOf",
    "items",
    "not",
    "oneOf",
    "additionalProperties",
];

/// Keywords whose value is a map of schemas.
const MAPS: [&str; 3] = ["definitions", "patternProperties", "properties"];

/// Keywords whose values in the two drafts exclude each other.
const BOUNDS: [&str; 2] = ["exclusiveMaximum", "exclusiveMinimum"];

/// Rewrites a schema in place; the keywords that cannot be rewritten are returned.
pub(super) fn rewrite(schema: &mut Value) -> Vec<&'static str> {
    let mut refused = Vec::new();
    rewrite_schema(schema, &mut refused);
    refused.sort_unstable();
    refused.dedup();
    refused
}

fn rewrite_schema(schema: &mut Value, refused: &mut Vec<&'static str>) {
    match schema {
        Value::Bool(true) => *schema = json!({}),
        Value::Bool(false) => *schema = json!({ "not": {} }),
        Value::Array(schemas) => {
            for schema in schemas {
                rewrite_schema(schema, refused);
            }
        }
        Value::Object(keywords) => rewrite_keywords(keywords, refused),
        _ => {}
    }
}

fn rewrite_keywords(keywords: &mut Map<String, Value>, refused: &mut Vec<&'static str>) {
    if keywords.get("required") == Some(&json!([])) {
        keywords.remove("required");
    }
    refused.extend(BOUNDS.iter().filter(|bound| keywords.contains_key(**bound)));
    for name in SCHEMAS {
        match keywords.get_mut(name) {
            // The one place where draft 4 takes `true` and `false`.
            Some(Value::Bool(_)) if name == "additionalProperties" => {}
            Some(schema) => rewrite_schema(schema, refused),
            None => {}
        }
    }
    for name in MAPS {
        let schemas = keywords.get_mut(name).and_then(Value::as_object_mut);
        for schema in schemas.into_iter().flat_map(Map::values_mut) {
            rewrite_schema(schema, refused);
        }
    }
}
