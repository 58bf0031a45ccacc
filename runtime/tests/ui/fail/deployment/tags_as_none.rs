// says: `tags` takes a list, not `None`
// says: help: remove `tags`
use longshore::deployment;

#[deployment(name = "eu", tags = None)]
async fn report() {}

fn main() {}
