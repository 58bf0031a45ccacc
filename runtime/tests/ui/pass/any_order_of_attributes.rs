//! The first attribute consumes the others, whichever it is, also behind a path.

use longshore::{deployment, flow};
use longshore::registry::Registry;

#[deployment(name = "a")]
#[flow(retries = 1)]
#[deployment(name = "b")]
async fn flow_in_the_middle() {}

#[longshore::flow(retries = 2)]
#[longshore::deployment(name = "c")]
async fn behind_a_path() {}

#[deployment(name = "d")]
#[doc = "Not ours."]
#[flow(name = "last")]
fn flow_last() {}

fn main() {
    let registry = Registry::collect();
    let names: Vec<String> = registry
        .deployments
        .iter()
        .map(|deployment| format!("{}/{}", deployment.flow.name, deployment.name))
        .collect();
    assert_eq!(names, ["behind-a-path/c", "flow-in-the-middle/a", "flow-in-the-middle/b", "last/d"]);
    assert_eq!(registry.flows[0].retries, 2);
    assert_eq!(registry.flows[1].retries, 1);
}
