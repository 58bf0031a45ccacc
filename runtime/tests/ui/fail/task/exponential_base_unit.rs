// says: `1`
// says: help:
use longshore::task;

#[task(retries = 3, retry_delay = exponential("1", max = "1m"))]
async fn load() {}

fn main() {}
