// says: `Evening`
use longshore::deployment;

const SLUG: &str = "Evening";

#[deployment(name = "eu", schedule = cron("0 18 * * *", slug = SLUG))]
async fn report() {}

fn main() {}
