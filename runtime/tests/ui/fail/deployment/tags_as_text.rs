// says: `tags` takes a list, not a string
// says: help:
use longshore::deployment;

#[deployment(name = "eu", tags = "finance")]
async fn report() {}

fn main() {}
