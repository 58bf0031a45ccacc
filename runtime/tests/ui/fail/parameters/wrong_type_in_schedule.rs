// says: the parameter `days` is a `u32`
// says: 7.5
use longshore::deployment;

#[deployment(name = "eu", schedule = cron("0 6 * * *", parameters(days = 7.5)), parameters(days = 7, region = "eu"))]
async fn report(days: u32, region: String) {
    let _ = (days, region);
}

fn main() {}
