// says: `retry_delay` is a duration
// says: help:
use longshore::task;

#[task(retries = 3, retry_delay = linear("1s"))]
async fn load() {}

fn main() {}
