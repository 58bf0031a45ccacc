// says: keyvault
// says: help:
use longshore::deployment;

#[deployment(name = "eu", secrets(TOKEN = "keyvault:team"))]
async fn report() {}

fn main() {}
