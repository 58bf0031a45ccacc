// says: `2026-01-01 06:30:00` is not a date with a time
// says: help: write `2026-01-01T06:30:00Z`
use longshore::deployment;

#[deployment(name = "often", schedule = interval("15m", anchor = "2026-01-01 06:30:00"))]
async fn report() {}

fn main() {}
