// says: cron: 1 field instead of 5
// says: help: write `@daily`
use longshore::deployment;

#[deployment(name = "eu", schedule = "daily")]
async fn report() {}

fn main() {}
