// says: `retry_delay` without `retries`
// says: help:
use longshore::flow;

#[flow(retry_delay = "30s")]
async fn report() {}

fn main() {}
