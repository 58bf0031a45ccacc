// says: `GB` is not a unit of memory
// says: help: write `1Gi`
use longshore::deployment;

#[deployment(name = "eu", resources(memory = "1GB"))]
async fn report() {}

fn main() {}
