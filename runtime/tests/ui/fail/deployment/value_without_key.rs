// says: a value without a key
// says: help:
use longshore::deployment;

#[deployment("eu")]
async fn report() {}

fn main() {}
