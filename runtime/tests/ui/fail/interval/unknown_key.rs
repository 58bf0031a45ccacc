// says: unknown key `ancor`
// says: help: write `anchor`
use longshore::deployment;

#[deployment(name = "often", schedule = interval("15m", ancor = "2026-01-01T00:00:00Z"))]
async fn report() {}

fn main() {}
