// says: `day_or` takes `true` or `false`, not a string
use longshore::deployment;

#[deployment(name = "nightly", schedule = cron("0 6 * * *", day_or = "no"))]
async fn report() {}

fn main() {}
