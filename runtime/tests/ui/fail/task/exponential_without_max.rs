// says: `exponential` lacks `max`
// says: help:
use longshore::task;

#[task(retries = 3, retry_delay = exponential("1s"))]
async fn load() {}

fn main() {}
