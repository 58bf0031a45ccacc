// says: empty
// says: help:
use longshore::deployment;

#[deployment(name = "")]
async fn report() {}

fn main() {}
