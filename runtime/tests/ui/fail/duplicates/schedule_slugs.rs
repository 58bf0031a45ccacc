// says: the slug `day`
// says: help:
use longshore::deployment;

#[deployment(name = "eu", schedule = [cron("0 6 * * *", slug = "day"), cron("0 7 * * *", slug = "day")])]
async fn report() {}

fn main() {}
