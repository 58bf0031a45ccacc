// says: `retries` cannot be negative
// says: help:
use longshore::flow;

#[flow(retries = -1)]
async fn report() {}

fn main() {}
