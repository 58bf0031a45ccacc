// says: unknown key `que` in `#[deployment]`
// says: help: write `Europe/Oslo`
// says: the flow has no parameter `regoin`
// says: expected `u32`, found `char`
mod flows {
    #[longshore::flow]
    pub async fn report(region: String, #[param(default = 1)] days: u32) {
        let _ = (region, days);
    }
}

#[longshore::deployment(
    name = "eu",
    que = "kubernetes",
    schedule = cron("0 6 * * *", tz = "Europe/Olso", parameters(regoin = "eu")),
    parameters(region = "eu", days = 'x'),
)]
use flows::report;

fn main() {}
// errors: 4, one per mistake
