// says: unknown key `tz`
// says: help: write it in the schedule
use longshore::deployment;

#[deployment(name = "eu", tz = "Europe/Oslo")]
async fn report() {}

fn main() {}
