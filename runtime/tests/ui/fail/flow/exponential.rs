// says: `exponential(...)` is a delay of tasks, not of flows
// says: help: write a list of delays, such as `retry_delay = ["10s", "1m", "5m"]`
use longshore::flow;

#[flow(retries = 3, retry_delay = exponential("1s", max = "5m"))]
async fn report() {}

fn main() {}
