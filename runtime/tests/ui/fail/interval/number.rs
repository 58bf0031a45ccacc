// says: `interval` takes a duration, not a number
// says: help:
use longshore::deployment;

#[deployment(name = "often", schedule = interval(15))]
async fn report() {}

fn main() {}
