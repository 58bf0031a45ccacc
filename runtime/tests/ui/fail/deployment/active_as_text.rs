// says: `active` takes `true` or `false`, not a string
use longshore::deployment;

#[deployment(name = "eu", active = "no")]
async fn report() {}

fn main() {}
