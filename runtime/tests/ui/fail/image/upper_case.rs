// says: `Acme`
// says: help:
use longshore::deployment;

#[deployment(name = "eu", image = "ghcr.io/Acme/flows:1.4.0")]
async fn report() {}

fn main() {}
