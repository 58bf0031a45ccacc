// says: no parameter `dais`
// says: help: write `days`
use longshore::deployment;

#[deployment(name = "eu", parameters(dais = 7))]
async fn report(days: u32, region: String) {
    let _ = (days, region);
}

fn main() {}
