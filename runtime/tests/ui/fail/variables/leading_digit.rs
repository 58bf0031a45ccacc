// says: `9LIVES`
// says: help: 
use longshore::deployment;

#[deployment(name = "eu", env(9LIVES = "x"))]
async fn report() {}

fn main() {}
