// says: `+01:00`
// says: help:
use longshore::deployment;

#[deployment(name = "nightly", schedule = cron("0 6 * * *", tz = "+01:00"))]
async fn report() {}

fn main() {}
