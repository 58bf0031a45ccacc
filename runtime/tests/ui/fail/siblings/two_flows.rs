// says: `#[flow]` is given twice
// says: help:
use longshore::flow;

#[flow]
#[flow(retries = 2)]
async fn report() {}

fn main() {}
