// says: unknown key `paused`
// says: help: write `active = false`
use longshore::deployment;

#[deployment(name = "eu", paused = true)]
async fn report() {}

fn main() {}
