// says: `version` takes a string, not a number
// says: help:
use longshore::flow;

#[flow(version = 2)]
async fn report() {}

fn main() {}
