// says: `%`
// says: help:
use longshore::flow;

#[flow(name = "50%")]
async fn report() {}

fn main() {}
