// says: `512m` is in thousandths of a byte, and a container needs 6Mi
// says: help: write `512Mi`
use longshore::deployment;

#[deployment(name = "eu", resources(memory = "512m"))]
async fn report() {}

fn main() {}
