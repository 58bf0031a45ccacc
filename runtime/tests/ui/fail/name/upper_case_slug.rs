// says: `Nightly`
// says: help:
use longshore::deployment;

#[deployment(name = "eu", schedule = cron("0 6 * * *", slug = "Nightly"))]
async fn report() {}

fn main() {}
