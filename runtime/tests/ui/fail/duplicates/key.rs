// says: `queue` is given twice
// says: help:
use longshore::deployment;

#[deployment(name = "eu", queue = "a", queue = "b")]
async fn report() {}

fn main() {}
