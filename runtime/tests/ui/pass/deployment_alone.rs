//! A deployment implies a flow with default options.

use longshore::deployment;
use longshore::registry::Registry;

/// Builds the report.
#[deployment(name = "nightly", schedule = "0 6 * * *")]
async fn daily_report() {}

fn main() {
    let registry = Registry::collect();
    assert_eq!(registry.flows.len(), 1);
    assert_eq!(registry.flows[0].name.as_str(), "daily-report");
    assert_eq!(registry.flows[0].description, Some("Builds the report."));
    assert_eq!(registry.deployments[0].schedules[0].slug.as_str(), "main");
}
