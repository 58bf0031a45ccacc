// says: `active` takes `true` or `false`, not a number
use longshore::deployment;

#[deployment(name = "nightly", schedule = cron("0 6 * * *", active = 1))]
async fn report() {}

fn main() {}
