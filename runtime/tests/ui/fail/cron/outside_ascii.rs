// says: ASCII
// says: help:
use longshore::deployment;

#[deployment(name = "nightly", schedule = cron("0 6 * * МON"))]
async fn report() {}

fn main() {}
