// says: unknown key `work_queue`
// says: help: write `queue = "kubernetes"`
use longshore::deployment;

#[deployment(name = "eu", work_queue = "kubernetes")]
async fn report() {}

fn main() {}
