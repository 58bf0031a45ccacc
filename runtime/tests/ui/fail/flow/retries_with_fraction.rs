// says: `retries` takes an integer, not `3.0`
// says: help: write `retries = 3`
use longshore::flow;

#[flow(retries = 3.0)]
async fn report() {}

fn main() {}
