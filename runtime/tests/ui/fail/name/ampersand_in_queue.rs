// says: `&`
// says: help:
use longshore::deployment;

#[deployment(name = "eu", queue = "a&b")]
async fn report() {}

fn main() {}
