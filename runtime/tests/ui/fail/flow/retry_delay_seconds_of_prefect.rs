// says: unknown key `retry_delay_seconds` in `#[flow]`
// says: help: write `retry_delay = "30s"`
use longshore::flow;

#[flow(retries = 2, retry_delay_seconds = 30)]
async fn report() {}

fn main() {}
