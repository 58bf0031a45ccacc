// says: `2#1`
// says: help:
use longshore::deployment;

#[deployment(name = "nightly", schedule = "0 0 1 * 2#1")]
async fn report() {}

fn main() {}
