// says: unknown key `memory` in `#[deployment]`
// says: help: write `resources(memory = "1Gi")`
use longshore::deployment;

#[deployment(name = "eu", memory = "1Gi")]
async fn report() {}

fn main() {}
