// says: `vault:
// says: help:
use longshore::deployment;

#[deployment(name = "eu", secrets(TOKEN = "vault:team/token"))]
async fn report() {}

fn main() {}
