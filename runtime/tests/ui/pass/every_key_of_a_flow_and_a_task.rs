//! Options of flows and tasks, several flows in a crate, both kinds of function.

use std::time::Duration;

use longshore::registry::Registry;
use longshore::{flow, task};

#[flow(
    name = "first",
    retries = 2,
    retry_delay = ["10s", "1m"],
    timeout = "1h30m",
    version = "3",
    run_name = "first-{region}",
    description = "The first one.",
)]
async fn one(
    /// Where.
    region: String,
    #[param(default = 7)] mut days: u32,
    #[param(default_with = today)] day: u32,
    limit: Option<u64>,
) -> Result<(), std::io::Error> {
    days += day;
    let total = add(days, 1).await;
    let _ = (region, total, limit, double(2).await);
    Ok(())
}

#[flow]
fn second() -> Result<u32, Box<dyn std::error::Error + Send + Sync>> {
    Ok(add(1, 2).wait() + double(4).wait())
}

fn today() -> u32 {
    1
}

#[task(name = "sum", retries = 3, retry_delay = exponential("1s", max = "1m", jitter = 0.5), timeout = "5s", tags = ["maths"])]
async fn add(a: u32, b: u32) -> u32 {
    a + b
}

#[task(retries = 1, retry_delay = "2s")]
fn double(a: u32) -> u32 {
    a * 2
}

fn main() {
    let registry = Registry::collect();
    let first = registry.flows[0];
    assert_eq!(first.timeout.unwrap().as_duration(), Duration::from_secs(5400));
    assert_eq!(first.retry_delay[1].as_duration(), Duration::from_secs(60));
    let schema = first.parameter_schema();
    assert_eq!(schema["required"], serde_json::json!(["region"]));
    assert_eq!(schema["properties"]["region"]["description"], "Where.");
    assert_eq!(schema["properties"]["days"]["default"], 7);
    assert_eq!(schema["properties"]["limit"]["default"], serde_json::Value::Null);
    assert!(schema["properties"]["day"].get("default").is_none());
    assert_eq!(second().unwrap(), 11);
}
