// says: 3 waits for 2 retries
// says: help:
use longshore::flow;

#[flow(retries = 2, retry_delay = ["1s", "2s", "3s"])]
async fn report() {}

fn main() {}
