// says: unknown key `retries`
// says: help: write it in `#[flow(...)]`
use longshore::deployment;

#[deployment(name = "eu", retries = 3)]
async fn report() {}

fn main() {}
