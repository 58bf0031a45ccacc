// says: unknown key `retires`
// says: help: write `retries`
use longshore::flow;

#[flow(retires = 2)]
async fn report() {}

fn main() {}
