// says: a string literal, not a constant
// says: help:
use longshore::deployment;

#[deployment(name = "nightly", schedule = cron(EXPRESSION))]
async fn report() {}

fn main() {}
