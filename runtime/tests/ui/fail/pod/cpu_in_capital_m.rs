// says: `M` is not a unit of processors
// says: help: write `500m` for thousandths of a processor
use longshore::deployment;

#[deployment(name = "eu", resources(cpu = "500M"))]
async fn report() {}

fn main() {}
