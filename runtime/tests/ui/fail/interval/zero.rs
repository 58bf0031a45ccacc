// says: `0s`
// says: help:
use longshore::deployment;

#[deployment(name = "often", schedule = interval("0s"))]
async fn report() {}

fn main() {}
