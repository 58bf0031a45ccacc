// says: `min`
// says: help:
use longshore::flow;

#[flow(timeout = "30min")]
async fn report() {}

fn main() {}
