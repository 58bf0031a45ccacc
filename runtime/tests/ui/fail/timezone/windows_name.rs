// says: `W. Europe Standard Time`
// says: help:
// says: `Europe/
use longshore::deployment;

#[deployment(name = "nightly", schedule = cron("0 6 * * *", tz = "W. Europe Standard Time"))]
async fn report() {}

fn main() {}
