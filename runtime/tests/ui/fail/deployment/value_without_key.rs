// says: a value without a key
// says: help: write `name = "eu"`
use longshore::deployment;

#[deployment("eu")]
async fn report() {}

fn main() {}
