// says: `format!`
// says: help: 
use longshore::deployment;

#[deployment(name = "eu", image = format!("ghcr.io/acme/flows:{}", "1"))]
async fn report() {}

fn main() {}
