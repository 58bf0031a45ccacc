//! Declared values that no run could use, or that no server could store; what the schema says of wide integers.

use longshore::registry::Registry;
use longshore::{deployment, flow};
use longshore_spec::Explain as _;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(tag = "unit")]
enum Base {
    Days { days: u32 },
}

/// Writes the fields of `Base` and refuses to read them.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Window {
    #[serde(flatten)]
    base: Base,
}

/// Writes what it does not read.
#[derive(Serialize, Deserialize, JsonSchema)]
enum Region {
    #[serde(rename(serialize = "north"))]
    North,
}

#[deployment(name = "nan", parameters(share = f64::NAN))]
#[deployment(name = "flat", parameters(window = Some(Window { base: Base::Days { days: 7 } })))]
#[deployment(name = "uneven", parameters(region = Some(Region::North)))]
#[deployment(name = "wide", parameters(id = 9_223_372_036_854_775_808))]
#[deployment(name = "scheduled", schedule = cron("@daily", parameters(id = u64::MAX)))]
#[deployment(
    name = "nul",
    parameters(title = "a\0b"),
    job_variables(note = "c\0d"),
    env(MODE = "e")
)]
#[deployment(
    name = "fine",
    parameters(share = 0.5, id = 9_223_372_036_854_775_807, title = "eu")
)]
fn report(
    #[param(default = 0.5)] share: f64,
    window: Option<Window>,
    region: Option<Region>,
    #[param(default = 0)] id: u64,
    #[param(default = "")] title: String,
    #[param(default = f64::INFINITY)] limit: f64,
) {
    let _ = (share, window, region, id, title, limit);
}

#[flow]
fn wide(a: u64, b: Vec<usize>, c: Option<u128>, d: i128, e: std::num::NonZeroU64, f: u32, g: i64) {
    let _ = (a, b, c, d, e, f, g);
}

#[test]
fn values_that_no_run_could_use_are_found_with_their_place() {
    let registry = Registry::collect();
    let unfit: Vec<String> = registry
        .unfit_values()
        .iter()
        .map(|unfit| {
            let source = std::error::Error::source(unfit).map(ToString::to_string);
            format!(
                "{unfit}; {}; {}",
                source.unwrap_or_default(),
                unfit.help().unwrap_or_default()
            )
        })
        .collect();
    for (owner, subject, reason) in [
        (
            "flow `report`",
            "null cannot be the default of the parameter `limit`",
            "no NaN and no infinity",
        ),
        (
            "deployment `report/flat`",
            "{\"unit\":\"Days\",\"days\":7} cannot be the parameter `window`",
            "`flatten` with `deny_unknown_fields`",
        ),
        (
            "deployment `report/uneven`",
            "\"north\" cannot be the parameter `region`",
            "the parameter's type does not read it",
        ),
        (
            "deployment `report/wide`",
            "9223372036854775808 cannot be the parameter `id`",
            "write a smaller number",
        ),
        (
            "deployment `report/scheduled`",
            "18446744073709551615 cannot be the parameter `id` of the schedule `main`",
            "is larger than 9223372036854775807",
        ),
        (
            "deployment `report/nul`",
            "\"a\\u0000b\" cannot be the parameter `title`",
            "remove `\\0`",
        ),
        (
            "deployment `report/nul`",
            "\"c\\u0000d\" cannot be the job variable `note`",
            "remove `\\0`",
        ),
    ] {
        let found = unfit.iter().any(|text| {
            text.starts_with(&format!("{owner} at runtime/tests/values.rs:"))
                && text.contains(subject)
                && text.contains(reason)
        });
        assert!(found, "{owner}, {subject}, {reason}: {unfit:#?}");
    }
    assert!(
        unfit.iter().all(|text| !text.contains("`report/fine`")),
        "{unfit:#?}"
    );
}

#[test]
fn wide_integers_are_limited_to_what_a_server_returns() {
    let registry = Registry::collect();
    let flow = registry.flows.iter().find(|flow| flow.function == "wide");
    let schema = flow.expect("the flow").parameter_schema();
    let property = |name: &str| schema["properties"][name].clone();
    let limits =
        |schema: &serde_json::Value| (schema["minimum"].clone(), schema["maximum"].clone());
    let (least, most) = (json!(i64::MIN), json!(i64::MAX));
    assert_eq!(limits(&property("a")), (json!(0), most.clone()));
    assert_eq!(limits(&property("b")["items"]), (json!(0), most.clone()));
    assert_eq!(limits(&property("c")["anyOf"][0]), (json!(0), most.clone()));
    assert_eq!(limits(&property("d")), (least, most.clone()));
    assert_eq!(limits(&property("e")), (json!(1), most));
    assert_eq!(limits(&property("f")), (json!(0), json!(null)));
    assert_eq!(limits(&property("g")), (json!(null), json!(null)));
}
