//! Flows that behave in the ways that a cluster knows.

use std::error::Error;
use std::time::Duration;

use longshore::{artifact, deployment, flow, task};

type Result = std::result::Result<(), Box<dyn Error + Send + Sync>>;

#[flow]
#[deployment(
    name = "pod",
    image = "IMAGE",
    resources(cpu = "50m", cpu_limit = "1"),
    node_selector("kubernetes.io/os=linux"),
    tolerations("dedicated=flows:NoSchedule"),
    service_account = "flows",
)]
#[deployment(name = "identity", pool = "identity", image = "IMAGE")]
async fn quick() -> Result {
    tracing::info!("hello from a pod");
    load().await;
    artifact::markdown("# Report").key("report").create().await?;
    Ok(())
}

#[task]
async fn load() -> u32 {
    1
}

#[flow]
#[deployment(name = "pod", image = "IMAGE")]
async fn ticking() {
    for number in 0_u32.. {
        tick(number).await;
    }
}

#[task]
async fn tick(number: u32) {
    tracing::info!("tick {number}");
    tokio::time::sleep(Duration::from_millis(200)).await;
}

#[flow]
#[deployment(name = "pod", image = "IMAGE")]
fn hanging() {
    for number in 0..2 {
        tracing::info!("tick {number}");
    }
    loop {
        std::thread::sleep(Duration::from_millis(50));
    }
}

#[flow]
#[deployment(name = "pod", image = "IMAGE")]
async fn polite() {
    tracing::info!("waiting");
    longshore::cancelled().await;
    tracing::info!("cleaned up");
}

#[flow]
#[deployment(name = "pod", image = "IMAGE", resources(memory = "32Mi", memory_limit = "64Mi"))]
fn hungry() {
    let mut eaten = Vec::new();
    loop {
        eaten.push(vec![1_u8; 1 << 20]);
    }
}

#[flow]
#[deployment(name = "pod", image = "IMAGE")]
fn aborting() {
    std::process::abort();
}

#[flow]
#[deployment(name = "pod", image = "longshore.test/missing:1", job_variables(active_deadline_seconds = 60))]
fn missing() {}

/// Longer than a worker or an API server is away.
#[flow]
#[deployment(name = "pod", image = "IMAGE", resources(cpu = "20m", memory = "32Mi"))]
async fn lasting() {
    for number in 0..150 {
        tick(number).await;
    }
    tracing::info!("lasted");
}

#[flow]
#[deployment(
    name = "pod",
    image = "IMAGE",
    env(PREFECT_FLOW_RUN_EXECUTE_SIGTERM_BEHAVIOR = "relinquish"),
)]
async fn relinquishing() {
    for number in 0_u32.. {
        tick(number).await;
    }
}
