// says: COUNT
// says: help:
// says: start
use longshore::deployment;

#[deployment(name = "thrice", schedule = rrule("FREQ=DAILY;COUNT=3"))]
async fn report() {}

fn main() {}
