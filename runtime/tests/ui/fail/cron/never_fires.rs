// says: never
// says: help:
use longshore::deployment;

#[deployment(name = "nightly", schedule = cron("0 6 30 2 *"))]
async fn report() {}

fn main() {}
