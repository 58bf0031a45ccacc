// says: `timeout` takes a duration, not a number
// says: help: write `"1800s"`
use longshore::flow;

#[flow(timeout = 1800)]
async fn report() {}

fn main() {}
