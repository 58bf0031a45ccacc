// says: `LEVEL` is given twice
// says: help:
use longshore::deployment;

#[deployment(name = "eu", env(LEVEL = "a", LEVEL = "b"))]
async fn report() {}

fn main() {}
