// says: two deployments of this flow are named `eu`
// says: help:
use longshore::deployment;

#[deployment(name = "eu")]
#[deployment(name = "eu", queue = "kubernetes")]
async fn report() {}

fn main() {}
