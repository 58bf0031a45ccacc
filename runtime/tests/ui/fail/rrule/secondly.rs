// says: SECONDLY
// says: help:
// says: interval
use longshore::deployment;

#[deployment(name = "often", schedule = rrule("FREQ=SECONDLY"))]
async fn report() {}

fn main() {}
