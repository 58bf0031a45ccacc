// says: `description` takes a string, not a number
// says: help:
use longshore::deployment;

#[deployment(name = "eu", description = 3)]
async fn report() {}

fn main() {}
