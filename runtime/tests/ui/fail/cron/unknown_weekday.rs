// says: `MONDAY`
// says: help:
// says: MON
use longshore::deployment;

#[deployment(name = "nightly", schedule = cron("0 6 * * MONDAY"))]
async fn report() {}

fn main() {}
