//! Mutated attributes and functions.

use longshore_fuzz::{Target, assert_no_panic};
use proc_macro2::TokenStream;

use crate::expand::expand;
use crate::siblings::Kind;

/// A function that has parameters of each kind.
const FUNCTION: &str = "#[deployment(name = \"no\", interval = \"1h\")] async fn report(/// Where.\n region: Region, #[param(default = 7)] days: u32) -> Result<()> { work().await }";

/// Expands `#[kind(arguments)] function`, if the input is a list of tokens.
fn expand_text(kind: Kind, arguments: &str, function: &str) {
    if let (Ok(arguments), Ok(function)) = (
        arguments.parse::<TokenStream>(),
        function.parse::<TokenStream>(),
    ) {
        let _ = expand(kind, arguments, &function).to_string();
    }
}

#[test]
fn attributes_bear_mutated_input() {
    assert_no_panic(&[
        Target {
            name: "attributes of deployments",
            seeds: &[
                r#"name = "eu", schedule = cron("0 6 * * *", tz = "Europe/Oslo", parameters(days = 1)), image = IMAGE"#,
                r#"name = "no", interval("15m", anchor = "2026-01-01T00:00:00+01:00"), parameters(region = Region::Eu, days = -3)"#,
                r#"name = "x", rrule("FREQ=WEEKLY;BYDAY=MO", start = "2026-01-01T00:00:00"), env(LEVEL = "info"), secrets(KEY = "block:a")"#,
                r#"name = "y", queue = "slow", pool = "p", storage = "az://acct/c", tags = ["a", "b"], job_variables(a = [1, {"b": null}])"#,
            ],
            parse: &|text| expand_text(Kind::Deployment, text, FUNCTION),
        },
        Target {
            name: "attributes of flows",
            seeds: &[
                r#"name = "Daily report", retries = 2, retry_delay = "30s", timeout = "1h""#,
                r#"run_name = "{region}-{days}", retry_delay = ["1s", "2s"]"#,
            ],
            parse: &|text| expand_text(Kind::Flow, text, FUNCTION),
        },
        Target {
            name: "attributes of tasks",
            seeds: &[r#"retries = 3, retry_delay = exponential("1s", max = "1m"), tags = ["x"]"#],
            parse: &|text| expand_text(Kind::Task, text, FUNCTION),
        },
        Target {
            name: "functions",
            seeds: &[
                FUNCTION,
                "pub fn f<T: Copy>(mut a: Vec<Option<T>>, (b, _): (u8, &'static str)) -> Result<(), Box<dyn Error>> { a }",
                "impl A { #[task] async fn g(&self, #[param(default = \"x\")] h: String) {} }",
            ],
            parse: &|text| expand_text(Kind::Flow, "retries = 1", text),
        },
    ]);
}
