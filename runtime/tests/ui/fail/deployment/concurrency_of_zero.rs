// says: a concurrency limit of 0
// says: help:
use longshore::deployment;

#[deployment(name = "eu", concurrency = 0)]
async fn report() {}

fn main() {}
