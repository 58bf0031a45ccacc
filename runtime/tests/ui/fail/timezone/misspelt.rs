// says: `Europe/Olso`
// says: help:
// says: `Europe/Oslo`
use longshore::deployment;

#[deployment(name = "nightly", schedule = cron("0 6 * * *", tz = "Europe/Olso"))]
async fn report() {}

fn main() {}
