// says: `tags` takes a value
// says: help: write `tags = ["finance"]`
use longshore::deployment;

#[deployment(name = "eu", tags("finance"))]
async fn report() {}

fn main() {}
