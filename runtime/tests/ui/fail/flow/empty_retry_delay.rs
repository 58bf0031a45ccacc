// says: `retry_delay` is empty
// says: help: 
use longshore::flow;

#[flow(retries = 2, retry_delay = [])]
async fn report() {}

fn main() {}
