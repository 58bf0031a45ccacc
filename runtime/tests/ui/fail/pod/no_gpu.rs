// says: `gpu` is zero
// says: help: remove `gpu`
use longshore::deployment;

#[deployment(name = "eu", resources(gpu = 0))]
async fn report() {}

fn main() {}
