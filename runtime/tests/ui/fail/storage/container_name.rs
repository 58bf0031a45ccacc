// says: `Flows`
// says: help:
use longshore::deployment;

#[deployment(name = "eu", storage = "az://Flows")]
async fn report() {}

fn main() {}
