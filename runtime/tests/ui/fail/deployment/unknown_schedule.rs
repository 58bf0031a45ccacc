// says: `crn` is no kind of schedule
// says: help: write `cron`
use longshore::deployment;

#[deployment(name = "eu", schedule = crn("0 6 * * *"))]
async fn report() {}

fn main() {}
