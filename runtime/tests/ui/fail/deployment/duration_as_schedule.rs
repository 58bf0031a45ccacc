// says: cron: 1 field instead of 5
// says: help: write `interval("15m")`
use longshore::deployment;

#[deployment(name = "eu", schedule = "15m")]
async fn report() {}

fn main() {}
