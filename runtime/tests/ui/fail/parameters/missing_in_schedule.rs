// says: gives no value for the parameter `region`
// says: help: add `parameters(region = ...)`
use longshore::deployment;

#[deployment(name = "eu", schedule = "0 6 * * *", parameters(days = 7))]
async fn report(days: u32, region: String) {
    let _ = (days, region);
}

fn main() {}
