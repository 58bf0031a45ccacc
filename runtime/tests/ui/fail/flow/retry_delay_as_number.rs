// says: `retry_delay` takes a duration, not a number
// says: help: write `"30s"`
use longshore::flow;

#[flow(retries = 2, retry_delay = 30)]
async fn report() {}

fn main() {}
