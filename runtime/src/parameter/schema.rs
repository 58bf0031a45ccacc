//! JSON schema of a flow's parameters, in the shape that Prefect's form and validator take.
//!
//! The validator takes all of JSON Schema 2020-12. The forms of Prefect's two user interfaces take less: what they show
//! for a schema that is not of the shape that Pydantic writes was looked at in a browser, for 3.8.8.

use schemars::generate::SchemaSettings;
use schemars::transform::transform_subschemas;
use schemars::{Schema, SchemaGenerator};
use serde_json::{Map, Value, json};

use super::{ParameterRecord, ShownDefault};

/// Keys that say something about a property as a whole, whichever of its types a value has.
const ANNOTATIONS: [&str; 4] = ["title", "description", "default", "position"];

/// JSON schema of a parameter list in the shape that Prefect's form and validator take.
///
/// The shape is what Prefect's own Python client sends: one property per parameter with `title` and
/// `position`, `required`, and `definitions`.
#[must_use]
pub fn parameter_schema(parameters: &[ParameterRecord]) -> Value {
    let settings = SchemaSettings::draft2020_12();
    let mut generator = settings
        .with(|settings| settings.definitions_path = "/definitions".into())
        .into_generator();
    let mut properties = Map::new();
    let mut required = Vec::new();
    for (position, parameter) in parameters.iter().enumerate() {
        let mut fields = property(parameter, &mut generator);
        fields.insert("position".to_owned(), json!(position));
        match parameter.default() {
            ShownDefault::Required => required.push(parameter.name),
            ShownDefault::Value(default) => {
                fields.insert("default".to_owned(), default);
            }
            ShownDefault::PerRun => {}
        }
        properties.insert(parameter.name.to_owned(), fields.into());
    }
    json!({
        "title": "Parameters",
        "type": "object",
        "properties": properties,
        "required": required,
        "definitions": definitions(&mut generator),
    })
}

fn property(parameter: &ParameterRecord, generator: &mut SchemaGenerator) -> Map<String, Value> {
    let mut schema = parameter.typed.schema(generator);
    shape(&mut schema);
    // Instead of `true`, the schema of a type that takes anything.
    let fields = schema.ensure_object();
    fields.insert("title".to_owned(), json!(parameter.name));
    if let Some(description) = parameter.description {
        fields.insert("description".to_owned(), json!(description));
    }
    std::mem::take(fields)
}

fn definitions(generator: &mut SchemaGenerator) -> Map<String, Value> {
    let mut definitions = generator.take_definitions(true);
    for (name, definition) in &mut definitions {
        let Ok(schema) = <&mut Schema>::try_from(definition) else {
            continue;
        };
        shape(schema);
        if let Some(fields) = schema.as_object_mut() {
            fields.entry("title").or_insert_with(|| json!(name));
        }
    }
    definitions
}

/// Brings a schema and all in it into the shape.
fn shape(schema: &mut Schema) {
    join_choices(schema);
    spread_types(schema);
    if let Some(fields) = schema.as_object_mut() {
        limit_integers(fields);
        drop_number_format(fields);
        title_properties(fields);
        title_alternatives(fields);
    }
    transform_subschemas(&mut shape, schema);
}

/// Turns a `oneOf` of constants, as documented enum variants give, into an `enum`, which the form shows as a choice.
fn join_choices(schema: &mut Schema) {
    let arms = schema.get("oneOf").and_then(Value::as_array);
    let choices = arms.and_then(|arms| arms.iter().map(choices_of).collect::<Option<Vec<_>>>());
    if let Some(choices) = choices {
        schema.remove("oneOf");
        schema.insert("type".to_owned(), json!("string"));
        schema.insert("enum".to_owned(), choices.concat().into());
    }
}

fn choices_of(arm: &Value) -> Option<Vec<Value>> {
    if arm.get("type").is_some_and(|kind| kind != "string") {
        return None;
    }
    match (arm.get("const"), arm.get("enum")) {
        (Some(constant @ Value::String(_)), _) => Some(vec![constant.clone()]),
        (None, Some(Value::Array(values))) => Some(values.clone()),
        _ => None,
    }
}

/// Turns a list of types into an `anyOf` with one type each: the older form shows nothing at all for a list.
fn spread_types(schema: &mut Schema) {
    let Some(Value::Array(types)) = schema.get("type").cloned() else {
        return;
    };
    let fields = schema.ensure_object();
    let mut rules = std::mem::take(fields);
    for key in ANNOTATIONS {
        fields.extend(rules.remove_entry(key));
    }
    let arms = types.into_iter().map(|kind| {
        if kind == "null" {
            return json!({"type": "null"});
        }
        let mut arm = rules.clone();
        arm.insert("type".to_owned(), kind);
        arm.into()
    });
    let arms: Vec<Value> = arms.collect();
    fields.insert("anyOf".to_owned(), arms.into());
}

/// Schemas of integers whose type holds more than 2^63-1, which a server could store and not return.
const WIDE: [&str; 4] = ["uint64", "uint", "uint128", "int128"];

/// Limits wide integers to what a server returns.
fn limit_integers(fields: &mut Map<String, Value>) {
    let text = |key: &str| fields.get(key).and_then(Value::as_str).unwrap_or_default();
    let (kind, format) = (text("type"), text("format"));
    if kind != "integer" || !WIDE.contains(&format) {
        return;
    }
    let limits = match format {
        "int128" => [("minimum", i64::MIN), ("maximum", i64::MAX)].as_slice(),
        _ => &[("maximum", i64::MAX)],
    };
    for (key, limit) in limits {
        if !fields.get(*key).is_some_and(Value::is_i64) {
            fields.insert((*key).to_owned(), json!(limit));
        }
    }
}

/// `uint32` and its like say nothing that `minimum` and `maximum` do not, and the newer form shows them as the name.
fn drop_number_format(fields: &mut Map<String, Value>) {
    if matches!(
        fields.get("type").and_then(Value::as_str),
        Some("integer" | "number")
    ) {
        fields.remove("format");
    }
}

/// Names and orders the fields of a struct: the newer form calls a field without a title "Field".
fn title_properties(fields: &mut Map<String, Value>) {
    let Some(Value::Object(properties)) = fields.get_mut("properties") else {
        return;
    };
    for (position, (name, property)) in properties.iter_mut().enumerate() {
        if *property == Value::Bool(true) {
            *property = json!({});
        }
        if let Value::Object(property) = property {
            property.entry("title").or_insert_with(|| json!(name));
            property.insert("position".to_owned(), json!(position));
            // The tag of a variant, which is a choice of one in the form instead of a text to be typed.
            if let Some(constant) = property.remove("const") {
                property.insert("enum".to_owned(), json!([constant]));
            }
        }
    }
}

/// Names the variants of an enum with fields, which the form shows as "dict" each, by the tag or the only field.
fn title_alternatives(fields: &mut Map<String, Value>) {
    for key in ["anyOf", "oneOf"] {
        let Some(Value::Array(arms)) = fields.get_mut(key) else {
            continue;
        };
        for arm in arms {
            if let Some(name) = variant_name(arm)
                && let Value::Object(arm) = arm
            {
                arm.entry("title").or_insert(name);
            }
        }
    }
}

fn variant_name(arm: &Value) -> Option<Value> {
    let properties = arm.get("properties")?.as_object()?;
    let tag = properties
        .values()
        .find_map(|property| property.get("const"));
    if let Some(tag) = tag {
        return Some(tag.clone());
    }
    let mut names = properties.keys();
    names
        .next()
        .filter(|_| names.next().is_none())
        .map(|name| json!(name))
}
