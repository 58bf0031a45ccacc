// says: `description` takes a value
// says: help:
use longshore::flow;

#[flow(description)]
async fn report() {}

fn main() {}
