// says: `TOKEN` is in `env(...)` and in `secrets(...)`
// says: help: keep it in `secrets(...)` if it is a secret
use longshore::deployment;

#[deployment(name = "eu", env(TOKEN = "none"), secrets(TOKEN = "block:api-token"))]
async fn report() {}

fn main() {}
