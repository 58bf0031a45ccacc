// says: `image` takes a string, not a number
// says: help:
use longshore::deployment;

#[deployment(name = "eu", image = 14)]
async fn report() {}

fn main() {}
