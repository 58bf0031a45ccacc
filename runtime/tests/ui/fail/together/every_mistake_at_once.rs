// says: `Europe/Olso`
// says: `61`
// says: no parameter `dais`
// says: unknown key `schedul`
// says: `Acme`
// says: `retries` cannot be negative
// says: the parameter `days` is a `u32`
use longshore::{deployment, flow};

#[flow(retries = -1)]
#[deployment(
    name = "eu",
    schedul = "0 6 * * *",
    schedule = [cron("61 6 * * *", tz = "Europe/Olso")],
    image = "ghcr.io/Acme/flows",
    parameters(days = true, dais = 7),
)]
async fn report(days: u32) {
    let _ = days;
}

fn main() {}
// errors: 7, one per mistake
