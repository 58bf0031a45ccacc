// says: the parameter `days` is a `u32`, not a string
// says: "seven"
use longshore::deployment;

#[deployment(name = "eu", parameters(days = "seven"))]
async fn report(days: u32, region: String) {
    let _ = (days, region);
}

fn main() {}
