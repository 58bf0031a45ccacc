// says: the name `LEVEL` is written without quotes
// says: help: write `LEVEL = "info"`
use longshore::deployment;

#[deployment(name = "eu", env("LEVEL" = "info"))]
async fn report() {}

fn main() {}
