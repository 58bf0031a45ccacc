// says: `europe/oslo`
// says: help:
// says: `Europe/Oslo`
use longshore::deployment;

#[deployment(name = "nightly", schedule = cron("0 6 * * *", tz = "europe/oslo"))]
async fn report() {}

fn main() {}
