// says: INTERVAL
// says: help:
use longshore::deployment;

#[deployment(name = "often", schedule = rrule("FREQ=DAILY;INTERVAL=0"))]
async fn report() {}

fn main() {}
