// says: `..`
// says: help:
use longshore::deployment;

#[deployment(name = "eu", path = "../projects")]
async fn report() {}

fn main() {}
