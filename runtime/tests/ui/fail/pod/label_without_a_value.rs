// says: the label `gpu` has no value
// says: help: write `gpu=...`
use longshore::deployment;

#[deployment(name = "eu", node_selector("gpu"))]
async fn report() {}

fn main() {}
