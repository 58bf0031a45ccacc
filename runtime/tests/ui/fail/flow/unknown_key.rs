// says: unknown key `retry`
// says: help: write `retries`
use longshore::flow;

#[flow(retry = 2)]
async fn report() {}

fn main() {}
