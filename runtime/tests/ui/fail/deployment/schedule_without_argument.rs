// says: `cron` lacks its first argument
// says: help:
use longshore::deployment;

#[deployment(name = "eu", schedule = cron(tz = "Europe/Oslo"))]
async fn report() {}

fn main() {}
