// says: no `name`
// says: help: add `name
use longshore::deployment;

#[deployment(queue = "kubernetes")]
async fn report() {}

fn main() {}
