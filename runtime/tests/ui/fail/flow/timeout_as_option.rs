// says: `timeout` takes a duration, not `Some`
// says: help: write `timeout = "30m"`
use longshore::flow;

#[flow(timeout = Some("30m"))]
async fn report() {}

fn main() {}
