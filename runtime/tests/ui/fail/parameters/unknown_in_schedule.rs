// says: no parameter `dais`
// says: help: write `days`
use longshore::deployment;

#[deployment(name = "eu", schedule = cron("0 6 * * *", parameters(dais = 7)), parameters(days = 7, region = "eu"))]
async fn report(days: u32, region: String) {
    let _ = (days, region);
}

fn main() {}
