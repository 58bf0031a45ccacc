// says: `queue` takes a value
// says: help: write `queue = 
use longshore::deployment;

#[deployment(name = "eu", queue)]
async fn report() {}

fn main() {}
