// says: `name` takes a string, not a number
// says: help:
use longshore::deployment;

#[deployment(name = 7)]
async fn report() {}

fn main() {}
