// says: digest
// says: help:
use longshore::deployment;

#[deployment(name = "eu", image = "ghcr.io/acme/flows@sha256:abc")]
async fn report() {}

fn main() {}
