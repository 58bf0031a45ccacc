// says: given by name
// says: help: write `name = value`
use longshore::deployment;

#[deployment(name = "eu", parameters(7))]
async fn report(days: u32, region: String) {
    let _ = (days, region);
}

fn main() {}
