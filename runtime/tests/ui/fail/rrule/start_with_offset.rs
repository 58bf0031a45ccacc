// says: 2026-01-01T06:00:00Z
// says: help:
use longshore::deployment;

#[deployment(name = "daily", schedule = rrule("FREQ=DAILY", start = "2026-01-01T06:00:00Z"))]
async fn report() {}

fn main() {}
