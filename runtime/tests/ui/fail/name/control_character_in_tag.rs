// says: control character
// says: help:
use longshore::deployment;

#[deployment(name = "eu", tags = ["two\nlines"])]
async fn report() {}

fn main() {}
