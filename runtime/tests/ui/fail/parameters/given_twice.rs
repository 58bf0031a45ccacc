// says: parameter `days` is given twice
// says: help:
use longshore::deployment;

#[deployment(name = "eu", parameters(days = 7, days = 8))]
async fn report(days: u32, region: String) {
    let _ = (days, region);
}

fn main() {}
