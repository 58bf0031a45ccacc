// says: unknown key `schedul`
// says: help: write `schedule`
use longshore::deployment;

#[deployment(name = "eu", schedul = "0 6 * * *")]
async fn report() {}

fn main() {}
