// says: the parameter `days` is a `u32`
// says: true
use longshore::deployment;

#[deployment(name = "eu", parameters(days = true, region = "eu"))]
async fn report(days: u32, region: String) {
    let _ = (days, region);
}

fn main() {}
