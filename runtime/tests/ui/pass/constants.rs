//! Constants serve wherever a rule is a const fn.

use longshore::deployment;
use longshore::registry::Registry;

const IMAGE: &str = "ghcr.io/acme/flows:1.4.0";
const QUEUE: &str = "kubernetes";

mod names {
    pub const DEPLOYMENT: &str = "eu";
}

#[deployment(
    name = names::DEPLOYMENT,
    image = IMAGE,
    queue = QUEUE,
    storage = concat!("az://", "flows"),
    tags = [QUEUE],
    parameters(days = u32::MAX),
)]
async fn report(days: u32) {
    let _ = days;
}

fn main() {
    let registry = Registry::collect();
    let deployment = registry.deployments[0];
    assert_eq!(deployment.image.as_ref().unwrap().as_str(), IMAGE);
    assert_eq!(deployment.name.as_str(), "eu");
    assert_eq!(deployment.storage.as_ref().unwrap().as_str(), "az://flows");
}
