// says: `cpu` takes a string, not a number
// says: help: write `cpu = "0.5"`
use longshore::deployment;

#[deployment(name = "eu", resources(cpu = 0.5))]
async fn report() {}

fn main() {}
