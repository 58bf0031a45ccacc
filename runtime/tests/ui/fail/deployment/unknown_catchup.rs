// says: `lates` is no value of `catchup`
// says: help: write `"latest"`
use longshore::deployment;

#[deployment(name = "eu", catchup = "lates")]
async fn report() {}

fn main() {}
