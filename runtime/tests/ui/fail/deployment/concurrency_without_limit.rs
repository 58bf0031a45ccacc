// says: no limit
// says: help:
use longshore::deployment;

#[deployment(name = "eu", concurrency(on_collision = "enqueue"))]
async fn report() {}

fn main() {}
