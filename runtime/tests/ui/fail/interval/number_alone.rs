// says: `interval` takes a duration, not a number
// says: help: write `"15s"`
use longshore::deployment;

#[deployment(name = "eu", schedule = interval(15))]
async fn report() {}

fn main() {}
