// says: `parameters` takes a list in parentheses
// says: help: write `parameters(days = ...)`
use longshore::deployment;

#[deployment(name = "eu", parameters = 7)]
async fn report(days: u32, region: String) {
    let _ = (days, region);
}

fn main() {}
