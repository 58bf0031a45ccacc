// says: `active` takes `true` or `false`, not a string
// says: help: write `active = true`
use longshore::deployment;

#[deployment(name = "eu", active = "yes")]
async fn report() {}

fn main() {}
