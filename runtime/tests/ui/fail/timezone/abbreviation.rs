// says: `EST`
// says: help:
// says: `America/
use longshore::deployment;

#[deployment(name = "nightly", schedule = cron("0 6 * * *", tz = "EST"))]
async fn report() {}

fn main() {}
