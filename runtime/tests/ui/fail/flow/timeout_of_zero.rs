// says: `timeout` is zero
// says: help:
use longshore::flow;

#[flow(timeout = "0s")]
async fn report() {}

fn main() {}
