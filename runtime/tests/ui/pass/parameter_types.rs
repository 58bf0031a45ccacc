//! Types of parameters: enums, structs, lists, and names that are keywords or the macro's own.

use std::collections::BTreeMap;

use longshore::deployment;
use longshore::registry::Registry;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, JsonSchema)]
enum Region {
    /// Europe.
    Eu,
    /// Elsewhere.
    Other(String),
}

#[derive(Serialize, Deserialize, JsonSchema)]
struct Limits {
    rows: u32,
}

#[deployment(
    name = "eu",
    schedule = "@daily",
    parameters(
        region = Region::Other("x".to_owned()),
        limits = Limits { rows: 3 },
        tags = vec!["a".to_owned()],
        weights = BTreeMap::<String, u32>::new(),
        r#type = "plain",
        arguments = 1,
    ),
)]
async fn report(
    region: Region,
    limits: Limits,
    tags: Vec<String>,
    weights: BTreeMap<String, u32>,
    r#type: String,
    arguments: u8,
    maybe: Option<Limits>,
) {
    let _ = (region, limits, tags, weights, r#type, arguments, maybe);
}

fn main() {
    let parameters = Registry::collect().deployments[0].parameters.get().unwrap();
    assert_eq!(parameters["region"], serde_json::json!({"Other": "x"}));
    assert_eq!(parameters["type"], "plain");
    assert!(!parameters.contains_key("maybe"));
}
