// says: unknown key `timezone`
// says: help: the keys are `tz`
use longshore::deployment;

#[deployment(name = "nightly", schedule = cron("0 6 * * *", timezone = "Europe/Oslo"))]
async fn report() {}

fn main() {}
