// says: unknown key `work_pool`
// says: help: write `pool = "default"`
use longshore::deployment;

#[deployment(name = "eu", work_pool = "default")]
async fn report() {}

fn main() {}
