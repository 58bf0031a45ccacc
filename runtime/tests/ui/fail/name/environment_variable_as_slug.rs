// says: this slug has a character other than `a-z`, `0-9` and `-`: `0.0.0`
use longshore::deployment;

#[deployment(name = "eu", schedule = cron("0 6 * * *", slug = env!("CARGO_PKG_VERSION")))]
async fn report() {}

fn main() {}
