// says: `tz` takes a string literal
// says: help: remove `tz`
use longshore::deployment;

#[deployment(name = "eu", schedule = cron("0 6 * * *", tz = None))]
async fn report() {}

fn main() {}
