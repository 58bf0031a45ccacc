//! As much of JSON Schema as the generated parameter schemas and the pools' templates use.
//!
//! `$ref` within the document, `type`, `enum`, `const`, `properties`, `required`, `additionalProperties`, `items`,
//! `anyOf`, `oneOf`, `allOf`, `minimum` and `maximum`. As in Prefect, `format` is not checked.

use serde_json::Value;

/// How deep references are followed: deeper than any schema that is not circular.
const DEEPEST: usize = 64;

/// Where a value does not fit, and why.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("Validation failed{}. Failure reason: {reason}", at(field))]
pub(crate) struct Mismatch {
    field: String,
    reason: String,
}

fn at(field: &str) -> String {
    if field.is_empty() {
        String::new()
    } else {
        format!(" for field '{field}'")
    }
}

/// What differs between parameters and job variables, and between a deployment and a run.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Strictness {
    /// Whether required properties must be there.
    pub(crate) required: bool,
    /// Whether an optional property may be `null` even if it has a default.
    pub(crate) null_for_default: bool,
}

/// Checks `value`.
pub(crate) fn check(value: &Value, schema: &Value, strictness: Strictness) -> Result<(), Mismatch> {
    Checker {
        root: schema,
        strictness,
    }
    .check(value, schema, &mut Vec::new(), 0)
}

struct Checker<'a> {
    root: &'a Value,
    strictness: Strictness,
}

impl Checker<'_> {
    fn check(
        &self,
        value: &Value,
        schema: &Value,
        path: &mut Vec<String>,
        depth: usize,
    ) -> Result<(), Mismatch> {
        if depth > DEEPEST {
            return Err(mismatch(path, "the schema's references go in a circle"));
        }
        if let Some(reference) = schema.get("$ref").and_then(Value::as_str) {
            let target = reference
                .strip_prefix('#')
                .and_then(|pointer| self.root.pointer(pointer));
            let target = target
                .ok_or_else(|| mismatch(path, format!("unresolvable reference '{reference}'")))?;
            self.check(value, target, path, depth + 1)?;
        }
        check_type(value, schema, path)?;
        check_values(value, schema, path)?;
        self.check_combinations(value, schema, path, depth)?;
        self.check_object(value, schema, path, depth)?;
        if let (Some(items), Some(list)) = (schema.get("items"), value.as_array()) {
            for (index, item) in list.iter().enumerate() {
                path.push(index.to_string());
                self.check(item, items, path, depth + 1)?;
                path.pop();
            }
        }
        Ok(())
    }

    fn check_combinations(
        &self,
        value: &Value,
        schema: &Value,
        path: &mut Vec<String>,
        depth: usize,
    ) -> Result<(), Mismatch> {
        for part in list(schema, "allOf") {
            self.check(value, part, path, depth + 1)?;
        }
        for key in ["anyOf", "oneOf"] {
            let arms = list(schema, key);
            let fits = |arm: &Value| self.check(value, arm, &mut path.clone(), depth + 1).is_ok();
            if !arms.is_empty() && !arms.iter().any(fits) {
                return Err(no_arm(path, value));
            }
        }
        Ok(())
    }

    /// Prefect lets `null` stand for an optional property, whatever its type.
    fn may_be_null(&self, name: &str, rule: &Value, schema: &Value) -> bool {
        let required = list(schema, "required")
            .iter()
            .any(|required| required == name);
        let typed = rule.get("type").is_some_and(|kind| kind != "null");
        !required && typed && (rule.get("default").is_none() || self.strictness.null_for_default)
    }

    fn check_object(
        &self,
        value: &Value,
        schema: &Value,
        path: &mut Vec<String>,
        depth: usize,
    ) -> Result<(), Mismatch> {
        let Some(fields) = value.as_object() else {
            return Ok(());
        };
        if self.strictness.required {
            for name in list(schema, "required").iter().filter_map(Value::as_str) {
                if !fields.contains_key(name) {
                    return Err(mismatch(path, format!("'{name}' is a required property")));
                }
            }
        }
        let properties = schema.get("properties").and_then(Value::as_object);
        for (name, field) in fields {
            path.push(name.clone());
            match properties.and_then(|properties| properties.get(name)) {
                Some(rule) if self.may_be_null(name, rule, schema) => {
                    if !field.is_null() {
                        check_type(field, rule, path).map_err(|_| no_arm(path, field))?;
                        self.check(field, rule, path, depth + 1)?;
                    }
                }
                Some(rule) => self.check(field, rule, path, depth + 1)?,
                None => self.check_additional(name, field, schema, path, depth)?,
            }
            path.pop();
        }
        Ok(())
    }

    /// A property that is not declared; `path` ends in its name.
    fn check_additional(
        &self,
        name: &str,
        field: &Value,
        schema: &Value,
        path: &mut Vec<String>,
        depth: usize,
    ) -> Result<(), Mismatch> {
        match schema.get("additionalProperties") {
            Some(Value::Bool(false)) => Err(mismatch(
                &path[..path.len() - 1],
                format!("Additional properties are not allowed ('{name}' was unexpected)"),
            )),
            Some(rule @ Value::Object(_)) => self.check(field, rule, path, depth + 1),
            _ => Ok(()),
        }
    }
}

fn no_arm(path: &[String], value: &Value) -> Mismatch {
    mismatch(
        path,
        format!(
            "{} is not valid under any of the given schemas",
            python(value)
        ),
    )
}

fn list<'a>(schema: &'a Value, key: &str) -> &'a [Value] {
    schema
        .get(key)
        .and_then(Value::as_array)
        .map(Vec::as_slice)
        .unwrap_or_default()
}

fn mismatch(path: &[String], reason: impl Into<String>) -> Mismatch {
    Mismatch {
        field: path.join("."),
        reason: reason.into(),
    }
}

fn check_type(value: &Value, schema: &Value, path: &[String]) -> Result<(), Mismatch> {
    let types: Vec<&str> = match schema.get("type") {
        Some(Value::String(one)) => vec![one],
        Some(Value::Array(several)) => several.iter().filter_map(Value::as_str).collect(),
        _ => return Ok(()),
    };
    if types.iter().any(|kind| is_a(value, kind)) {
        return Ok(());
    }
    let quoted: Vec<String> = types.iter().map(|kind| format!("'{kind}'")).collect();
    Err(mismatch(
        path,
        format!("{} is not of type {}", python(value), quoted.join(", ")),
    ))
}

fn is_a(value: &Value, kind: &str) -> bool {
    match kind {
        "null" => value.is_null(),
        "boolean" => value.is_boolean(),
        "string" => value.is_string(),
        "number" => value.is_number(),
        "integer" => value.as_f64().is_some_and(|number| number.fract() == 0.0),
        "array" => value.is_array(),
        "object" => value.is_object(),
        _ => false,
    }
}

fn check_values(value: &Value, schema: &Value, path: &[String]) -> Result<(), Mismatch> {
    if let Some(allowed) = schema.get("enum").and_then(Value::as_array)
        && !allowed.contains(value)
    {
        let list: Vec<String> = allowed.iter().map(python).collect();
        return Err(mismatch(
            path,
            format!("{} is not one of [{}]", python(value), list.join(", ")),
        ));
    }
    if let Some(constant) = schema.get("const")
        && constant != value
    {
        return Err(mismatch(path, format!("{} was expected", python(constant))));
    }
    let Some(number) = value.as_f64() else {
        return Ok(());
    };
    let bound = |key: &str| schema.get(key).and_then(Value::as_f64);
    if let Some(least) = bound("minimum").filter(|least| number < *least) {
        return Err(mismatch(
            path,
            format!("{value} is less than the minimum of {least}"),
        ));
    }
    if let Some(most) = bound("maximum").filter(|most| number > *most) {
        return Err(mismatch(
            path,
            format!("{value} is greater than the maximum of {most}"),
        ));
    }
    Ok(())
}

/// Strings in single quotes, as Prefect's messages have them.
fn python(value: &Value) -> String {
    match value {
        Value::String(text) => format!("'{text}'"),
        Value::Null => "None".to_owned(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn values_are_checked() {
        let schema = json!({
            "type": "object",
            "properties": {
                "a": { "type": "integer" },
                "word": { "type": "string", "default": "x" },
                "free": { "type": "string" },
                "c": { "$ref": "#/definitions/Color" },
                "cfg": { "type": "object", "properties": { "n": { "type": "integer" } }, "required": ["n"], "additionalProperties": false },
                "opt": { "anyOf": [{ "type": "string" }, { "type": "null" }] },
                "list": { "type": "array", "items": { "type": "number", "minimum": 0 } },
                "map": { "type": "object", "additionalProperties": { "type": "integer" } },
            },
            "required": ["a"],
            "definitions": { "Color": { "enum": ["red", "green"] } },
        });
        let table = [
            (
                json!({ "a": 1, "opt": null, "list": [1, 2.5], "unknown": true }),
                true,
                None,
            ),
            (json!({}), false, None),
            (json!({ "a": 1, "free": null }), true, None),
            (
                json!({ "a": 1, "free": 1 }),
                true,
                Some(
                    "Validation failed for field 'free'. Failure reason: 1 is not valid under any of the given schemas",
                ),
            ),
            (
                json!({ "a": 1, "word": null }),
                true,
                Some(
                    "Validation failed for field 'word'. Failure reason: None is not of type 'string'",
                ),
            ),
            (
                json!({}),
                true,
                Some("Validation failed. Failure reason: 'a' is a required property"),
            ),
            (
                json!({ "a": "x" }),
                true,
                Some(
                    "Validation failed for field 'a'. Failure reason: 'x' is not of type 'integer'",
                ),
            ),
            (
                json!({ "a": 1, "c": "blue" }),
                true,
                Some(
                    "Validation failed for field 'c'. Failure reason: 'blue' is not one of ['red', 'green']",
                ),
            ),
            (
                json!({ "a": 1, "cfg": { "n": "x" } }),
                true,
                Some(
                    "Validation failed for field 'cfg.n'. Failure reason: 'x' is not of type 'integer'",
                ),
            ),
            (
                json!({ "a": 1, "cfg": { "n": 1, "m": 1 } }),
                true,
                Some(
                    "Validation failed for field 'cfg'. Failure reason: Additional properties are not allowed ('m' was unexpected)",
                ),
            ),
            (
                json!({ "a": 1, "opt": 3 }),
                true,
                Some(
                    "Validation failed for field 'opt'. Failure reason: 3 is not valid under any of the given schemas",
                ),
            ),
            (
                json!({ "a": 1, "list": [1, -1] }),
                true,
                Some(
                    "Validation failed for field 'list.1'. Failure reason: -1 is less than the minimum of 0",
                ),
            ),
            (
                json!({ "a": 1, "map": { "k": "v" } }),
                true,
                Some(
                    "Validation failed for field 'map.k'. Failure reason: 'v' is not of type 'integer'",
                ),
            ),
        ];
        for (value, required, expected) in table {
            let strictness = Strictness {
                required,
                null_for_default: false,
            };
            let found = check(&value, &schema, strictness)
                .err()
                .map(|mismatch| mismatch.to_string());
            assert_eq!(found.as_deref(), expected, "{value}");
        }
    }

    #[test]
    fn a_circle_of_references_ends() {
        let schema = json!({ "$ref": "#/definitions/a", "definitions": { "a": { "$ref": "#/definitions/a" } } });
        let strictness = Strictness {
            required: true,
            null_for_default: false,
        };
        assert!(check(&json!(1), &schema, strictness).is_err());
    }
}
