// says: `FOO`
// says: help:
use longshore::deployment;

#[deployment(name = "often", schedule = rrule("FREQ=DAILY;FOO=1"))]
async fn report() {}

fn main() {}
