// says: unknown key `cpu_request` in `resources(...)`
// says: help: write `cpu = "500m"`
use longshore::deployment;

#[deployment(name = "eu", resources(cpu_request = "500m"))]
async fn report() {}

fn main() {}
