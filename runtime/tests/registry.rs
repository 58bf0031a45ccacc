//! What attributes register: sorted records, schemas in Prefect's shape, names that are claimed twice.

use std::collections::BTreeMap;

use longshore::registry::Registry;
use longshore::{deployment, flow};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum Region {
    /// Europe.
    Eu,
    /// United States.
    Us,
}

/// How much is read.
#[derive(Serialize, Deserialize, JsonSchema)]
struct Limits {
    rows: u32,
    #[serde(default)]
    label: String,
}

#[deployment(name = "second")]
#[deployment(name = "first", parameters(region = Region::Us))]
async fn typed(
    /// Where.
    region: Region,
    limits: Limits,
    #[param(default = 0.5)] share: f64,
    #[param(default = Region::Eu)] fallback: Region,
    weights: Option<BTreeMap<String, i32>>,
    any: serde_json::Value,
) {
    let _ = (region, limits, share, fallback, weights, any);
}

/// An enum with a tag.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "lowercase")]
enum Source {
    File { path: String },
    Table { limit: Option<u32> },
}

#[derive(Serialize, Deserialize, JsonSchema)]
enum Word {
    Empty,
    Spelt(String),
}

#[flow]
async fn shapes(
    /// How many.
    rows: Option<u32>,
    pair: (String, i32),
    source: Source,
    word: Word,
) {
    let _ = (rows, pair, source, word);
}

/// Two flows of one name, in modules that could as well be crates.
mod first {
    #[longshore::deployment(name = "nightly")]
    async fn twice() {}
}

mod second {
    #[longshore::deployment(name = "nightly")]
    async fn twice() {}
}

#[flow(name = "another")]
fn last_in_the_file() {}

#[test]
fn records_are_sorted_by_name_not_by_place() {
    let registry = Registry::collect();
    let flows: Vec<&str> = registry
        .flows
        .iter()
        .map(|flow| flow.name.as_str())
        .collect();
    assert_eq!(flows, ["another", "shapes", "twice", "twice", "typed"]);
    let deployments: Vec<&str> = registry
        .deployments
        .iter()
        .map(|one| one.name.as_str())
        .collect();
    assert_eq!(deployments, ["nightly", "nightly", "first", "second"]);
}

#[test]
fn names_claimed_twice_come_with_both_places() {
    let texts: Vec<String> = Registry::collect()
        .duplicates()
        .iter()
        .map(ToString::to_string)
        .collect();
    assert_eq!(texts.len(), 2, "{texts:?}");
    let place = |line| format!("runtime/tests/registry.rs:{line}:14");
    let source = include_str!("registry.rs");
    let lines: Vec<usize> = source
        .lines()
        .enumerate()
        .filter(|(_, line)| line.trim() == "async fn twice() {}")
        .map(|(index, _)| index + 1)
        .collect();
    assert_eq!(
        texts[0],
        format!(
            "two flows are named `twice`: at {} and at {}",
            place(lines[0]),
            place(lines[1])
        )
    );
    assert!(
        texts[1].starts_with("two deployments are named `twice/nightly`: at "),
        "{texts:?}"
    );
}

#[test]
fn the_schema_has_the_shape_that_prefect_shows_as_a_form() {
    let registry = Registry::collect();
    let flow = registry
        .flows
        .iter()
        .find(|flow| flow.function == "typed")
        .expect("the flow");
    let schema = flow.parameter_schema();
    assert_eq!(schema["required"], json!(["region", "limits", "any"]));
    let properties = &schema["properties"];
    assert_eq!(properties["region"]["title"], "region");
    assert_eq!(properties["region"]["description"], "Where.");
    assert_eq!(properties["region"]["position"], 0);
    assert_eq!(properties["share"]["default"], 0.5);
    assert_eq!(properties["fallback"]["default"], "eu");
    assert_eq!(properties["weights"]["default"], json!(null));
    assert_eq!(properties["any"], json!({"title": "any", "position": 5}));
    assert_eq!(schema["definitions"]["Region"]["enum"], json!(["eu", "us"]));
    assert_eq!(schema["definitions"]["Limits"]["required"], json!(["rows"]));
    assert!(schema.pointer("/$defs").is_none());
}

#[test]
fn what_the_form_cannot_show_is_written_in_another_way() {
    let registry = Registry::collect();
    let flow = registry
        .flows
        .iter()
        .find(|flow| flow.function == "shapes")
        .expect("the flow");
    let schema = flow.parameter_schema();
    let property = |name: &str| schema["properties"][name].clone();
    let optional = json!([{"type": "integer", "minimum": 0}, {"type": "null"}]);
    assert_eq!(property("rows")["anyOf"], optional);
    assert!(property("rows").get("type").is_none());
    assert_eq!(property("rows")["default"], json!(null));
    assert_eq!(property("rows")["description"], "How many.");
    assert_eq!(
        property("pair")["prefixItems"],
        json!([{"type": "string"}, {"type": "integer"}])
    );
    let definitions = &schema["definitions"];
    assert_eq!(definitions["Source"]["title"], "Source");
    let [file, table] = definitions["Source"]["oneOf"]
        .as_array()
        .expect("the variants")
        .as_slice()
    else {
        panic!("two variants: {definitions}");
    };
    assert_eq!(
        (&file["title"], &table["title"]),
        (&json!("file"), &json!("table"))
    );
    let kind = json!({"title": "kind", "position": 0, "type": "string", "enum": ["file"]});
    assert_eq!(file["properties"]["kind"], kind);
    let limit = &table["properties"]["limit"];
    assert_eq!(limit["title"], "limit");
    assert_eq!(limit["anyOf"], optional);
    let word = &definitions["Word"]["oneOf"][1];
    assert_eq!(word["title"], "Spelt");
}

#[tokio::test]
async fn parameters_that_do_not_fit_are_named() {
    use longshore::parameter::Arguments;

    let registry = Registry::collect();
    let flow = registry
        .flows
        .iter()
        .find(|flow| flow.function == "typed")
        .expect("the flow");
    let complete = json!({"region": "eu", "limits": {"rows": 1}, "any": null});
    let call = async |changes: serde_json::Value| {
        let mut values = complete.as_object().expect("an object").clone();
        for (name, value) in changes.as_object().expect("an object") {
            values.insert(name.clone(), value.clone());
        }
        flow.run(Arguments::new(values))
            .await
            .map_err(|error| error.to_string())
    };
    assert_eq!(call(json!({})).await, Ok(()));
    assert_eq!(
        call(json!({"region": "mars"})).await,
        Err("the parameter `region` does not fit".into())
    );
    assert_eq!(
        call(json!({"regoin": "eu"})).await,
        Err("the flow has no parameter `regoin`".into())
    );
    let error = flow
        .run(Arguments::default())
        .await
        .expect_err("nothing was given");
    assert_eq!(
        error.to_string(),
        "the parameter `region` has no value and no default"
    );
}
