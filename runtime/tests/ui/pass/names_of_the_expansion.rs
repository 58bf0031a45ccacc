//! Names that the expansion uses itself are free for the user.

use longshore::deployment;
use longshore::registry::Registry;

const FLOW: u32 = 1;

fn default() -> u32 {
    FLOW + 1
}

fn value() -> u32 {
    FLOW
}

#[deployment(name = "a", parameters(values = value(), value = FLOW), job_variables(value = value()))]
async fn run(values: u32, #[param(default = default())] arguments: u32, #[param(default = FLOW)] value: u32) {
    let _ = (values, arguments, value);
}

fn main() {
    let registry = Registry::collect();
    let flow = registry.flows[0];
    assert_eq!(flow.parameter_schema()["properties"]["arguments"]["default"], 2);
    assert_eq!(registry.deployments[0].parameters.get().unwrap()["values"], 1);
}
