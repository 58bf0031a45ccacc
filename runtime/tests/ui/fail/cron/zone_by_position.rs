// says: `cron(...)` takes the time zone as `tz`
// says: help: write `tz = "Europe/Oslo"`
use longshore::deployment;

#[deployment(name = "eu", schedule = cron("0 6 * * *", "Europe/Oslo"))]
async fn report() {}

fn main() {}
