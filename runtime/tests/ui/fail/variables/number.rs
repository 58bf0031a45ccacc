// says: `env` takes a string, not a number
// says: help:
use longshore::deployment;

#[deployment(name = "eu", env(LEVEL = 3))]
async fn report() {}

fn main() {}
