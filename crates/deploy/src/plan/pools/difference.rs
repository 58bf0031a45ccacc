//! Where two job templates differ.

use serde_json::Value;

use crate::fields::FieldChange;

/// The values that differ, each with its path, such as `variables.properties.image.default`, sorted by path.
pub(super) fn differences(old: &Value, new: &Value) -> Vec<FieldChange> {
    let mut found = Vec::new();
    collect(String::new(), old, new, &mut found);
    found.sort_by(|one, other| one.field.cmp(&other.field));
    found
}

fn collect(path: String, old: &Value, new: &Value, found: &mut Vec<FieldChange>) {
    if old == new {
        return;
    }
    match (old, new) {
        (Value::Object(before), Value::Object(after)) => {
            let added = after.keys().filter(|key| !before.contains_key(*key));
            for key in before.keys().chain(added) {
                let path = if path.is_empty() {
                    key.clone()
                } else {
                    format!("{path}.{key}")
                };
                collect(path, &old[key], &new[key], found);
            }
        }
        (Value::Array(before), Value::Array(after)) if before.len() == after.len() => {
            for (index, (old, new)) in before.iter().zip(after).enumerate() {
                collect(format!("{path}[{index}]"), old, new, found);
            }
        }
        _ => found.push(FieldChange {
            field: path,
            old: old.clone(),
            new: new.clone(),
        }),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn differences_have_paths() {
        let old = json!({ "a": { "b": [1, { "c": 2 }] }, "gone": 1, "same": [1] });
        let new = json!({ "a": { "b": [1, { "c": 3 }] }, "new": [1], "same": [1] });
        let found = differences(&old, &new);
        let found: Vec<(&str, &Value, &Value)> = found
            .iter()
            .map(|change| (change.field.as_str(), &change.old, &change.new))
            .collect();
        assert_eq!(
            found,
            [
                ("a.b[1].c", &json!(2), &json!(3)),
                ("gone", &json!(1), &Value::Null),
                ("new", &Value::Null, &json!([1])),
            ]
        );
        assert_eq!(differences(&old, &old), []);
    }
}
