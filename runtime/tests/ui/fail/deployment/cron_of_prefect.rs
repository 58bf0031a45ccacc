// says: unknown key `cron`
// says: help: write `schedule = cron("0 6 * * *")`
use longshore::deployment;

#[deployment(name = "eu", cron = "0 6 * * *")]
async fn report() {}

fn main() {}
