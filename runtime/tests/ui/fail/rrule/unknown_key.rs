// says: unknown key `begin`
// says: help: the keys are `start`
use longshore::deployment;

#[deployment(name = "often", schedule = rrule("FREQ=DAILY", begin = "2026-01-01T00:00:00"))]
async fn report() {}

fn main() {}
