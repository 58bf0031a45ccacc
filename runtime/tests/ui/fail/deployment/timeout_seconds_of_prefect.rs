// says: unknown key `timeout_seconds`
// says: help: write `timeout = "60s"` in `#[flow(...)]`
use longshore::deployment;

#[deployment(name = "eu", timeout_seconds = 60)]
async fn report() {}

fn main() {}
