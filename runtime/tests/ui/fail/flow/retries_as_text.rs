// says: `retries` takes an integer, not a string
// says: help:
use longshore::flow;

#[flow(retries = "2")]
async fn report() {}

fn main() {}
