// says: tag
// says: help:
use longshore::deployment;

#[deployment(name = "eu", image = "ghcr.io/acme/flows:")]
async fn report() {}

fn main() {}
