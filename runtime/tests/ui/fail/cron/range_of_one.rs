// says: `34-34`
// says: help:
// says: `34`
use longshore::deployment;

#[deployment(name = "nightly", schedule = cron("34-34 6 * * *"))]
async fn report() {}

fn main() {}
