// says: a string literal, not a constant
// says: help:
use longshore::deployment;

#[deployment(name = "eu", secrets(TOKEN = REFERENCE))]
async fn report() {}

fn main() {}
