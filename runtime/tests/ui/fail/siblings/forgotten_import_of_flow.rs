// says: cannot find attribute `flow` in this scope
use longshore::deployment;

#[deployment(name = "eu")]
#[flow(retries = 1)]
async fn report() {}

fn main() {}
