// says: `flow_runner` is not the name of a Kubernetes object
// says: help: write `flow-runner`
use longshore::deployment;

#[deployment(name = "eu", service_account = "flow_runner")]
async fn report() {}

fn main() {}
