// says: needs a slug
// says: help: add `slug = "interval"`
use longshore::deployment;

#[deployment(name = "eu", schedule = [cron("0 6 * * *"), interval("1h")])]
async fn report() {}

fn main() {}
