// says: fields
// says: help:
use longshore::deployment;

#[deployment(name = "nightly", schedule = cron("0 6 * *"))]
async fn report() {}

fn main() {}
