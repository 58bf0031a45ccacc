// says: 2026-01-01T00:00:00
// says: help:
use longshore::deployment;

#[deployment(name = "often", schedule = interval("15m", anchor = "2026-01-01T00:00:00"))]
async fn report() {}

fn main() {}
