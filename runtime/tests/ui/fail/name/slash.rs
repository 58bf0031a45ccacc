// says: `/`
// says: help:
use longshore::deployment;

#[deployment(name = "eu/north")]
async fn report() {}

fn main() {}
