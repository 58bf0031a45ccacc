// says: `memory_limit` is below `memory`
// says: help: write at least `2Gi`
use longshore::deployment;

#[deployment(name = "eu", resources(memory = "2Gi", memory_limit = "1Gi"))]
async fn report() {}

fn main() {}
