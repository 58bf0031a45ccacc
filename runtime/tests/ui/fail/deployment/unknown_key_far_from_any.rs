// says: unknown key `gpu`
// says: help: the keys are
use longshore::deployment;

#[deployment(name = "eu", gpu = "a100")]
async fn report() {}

fn main() {}
