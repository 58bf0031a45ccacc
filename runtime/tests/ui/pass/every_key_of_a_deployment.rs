//! Every key at once.

use longshore::deployment;
use longshore::record::{Catchup, CollisionStrategy};
use longshore::registry::Registry;

const LEVEL: &str = "debug";

#[deployment(
    name = "everything",
    schedule = [
        cron("0 6 * * MON-FRI", tz = "Europe/Oslo", day_or = false, active = true),
        interval("15m", anchor = "2026-01-01T00:00:00Z", tz = "UTC", slug = "often", parameters(days = 2)),
        rrule("FREQ=DAILY;COUNT=3", start = "2026-01-01T06:00:00", tz = "Asia/Kolkata", slug = "thrice", active = false),
    ],
    image = "ghcr.io/acme/flows:1.4.0",
    queue = "kubernetes",
    pool = "default",
    storage = "az://flows/nightly",
    path = "projects/finance/daily_report",
    parameters(days = 7, region = "eu", note = "text", factor = 1.5 * 2.0),
    tags = ["finance", "daily"],
    description = "All of it.",
    concurrency(limit = 2, on_collision = "cancel_new"),
    active = true,
    env(RUST_LOG = "info", LEVEL = LEVEL),
    job_variables(replicas = 2, labels = std::collections::BTreeMap::<&str, u8>::new()),
    resources(cpu = "500m", memory = "1Gi", cpu_limit = "2", memory_limit = "1.5Gi", gpu = 1),
    node_selector("kubernetes.io/arch=amd64", "disk=ssd"),
    tolerations("kubernetes.azure.com/scalesetpriority=spot:NoSchedule", "dedicated"),
    service_account = "flows",
    secrets(TOKEN = "block:api-token", PASSWORD = "keyvault:team/password"),
    catchup = "all",
    renamed_from = "old",
)]
async fn report(days: u32, region: String, note: Option<String>, factor: f64) {
    let _ = (days, region, note, factor);
}

fn main() {
    let registry = Registry::collect();
    let deployment = registry.deployments[0];
    assert_eq!(deployment.schedules.len(), 3);
    assert_eq!(deployment.schedules[1].parameters.get().unwrap()["days"], 2);
    let parameters = deployment.parameters.get().unwrap();
    assert_eq!(parameters["note"], "text");
    assert_eq!(parameters["factor"], 3.0);
    let concurrency = deployment.concurrency.unwrap();
    assert_eq!((concurrency.limit, concurrency.on_collision), (2, CollisionStrategy::CancelNew));
    assert_eq!(deployment.environment[1].value, "debug");
    assert_eq!(deployment.job_variables.values.get().unwrap()["replicas"], 2);
    let variables = deployment.job_variables.values.get().unwrap();
    assert_eq!(variables["cpu_request"], "500m");
    assert_eq!(variables["memory_limit"], "1.5Gi");
    assert_eq!(variables["gpu"], 1);
    assert_eq!(variables["node_selector"]["kubernetes.io/arch"], "amd64");
    assert_eq!(variables["tolerations"][0]["effect"], "NoSchedule");
    assert_eq!(variables["tolerations"][1]["operator"], "Exists");
    assert_eq!(variables["service_account_name"], "flows");
    assert_eq!(deployment.secrets[0].reference.as_str(), "block:api-token");
    assert_eq!(deployment.catchup, Catchup::All);
    assert_eq!(deployment.renamed_from.as_ref().unwrap().as_str(), "old");
}
