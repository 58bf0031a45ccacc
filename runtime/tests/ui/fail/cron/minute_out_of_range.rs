// says: minute field
// says: `61`
// says: help:
use longshore::deployment;

#[deployment(name = "nightly", schedule = cron("61 6 * * *"))]
async fn report() {}

fn main() {}
