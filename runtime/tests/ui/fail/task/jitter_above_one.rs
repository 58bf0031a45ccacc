// says: `jitter` is a number from 0 to 1
// says: help:
use longshore::task;

#[task(retries = 3, retry_delay = exponential("1s", max = "1m", jitter = 2))]
async fn load() {}

fn main() {}
