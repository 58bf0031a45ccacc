// says: `node_selector(...)` takes strings
// says: help: write `node_selector("kubernetes.io/arch=amd64")`
use longshore::deployment;

#[deployment(name = "eu", node_selector(arch = "amd64"))]
async fn report() {}

fn main() {}
