// says: `@reboot`
// says: help:
use longshore::deployment;

#[deployment(name = "nightly", schedule = cron("@reboot"))]
async fn report() {}

fn main() {}
