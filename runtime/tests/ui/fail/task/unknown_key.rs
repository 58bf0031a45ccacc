// says: unknown key `retrys`
// says: help: write `retries`
use longshore::task;

#[task(retrys = 2)]
async fn load() {}

fn main() {}
