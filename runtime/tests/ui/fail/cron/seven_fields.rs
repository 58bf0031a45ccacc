// says: seconds last
// says: help:
use longshore::deployment;

#[deployment(name = "nightly", schedule = cron("0 0 6 * * * 2026"))]
async fn report() {}

fn main() {}
