// says: `parameters` takes a list in parentheses
// says: help: write `parameters(days = 7)`
use longshore::deployment;

#[deployment(name = "eu", parameters = { "days": 7 })]
async fn report(days: u32) {
    let _ = days;
}

fn main() {}
