// says: a schedule is `cron(...)`
// says: help:
use longshore::deployment;

#[deployment(name = "eu", schedule = 6)]
async fn report() {}

fn main() {}
