// says: `image`
// says: help: write `image = ...` as a key
use longshore::deployment;

#[deployment(name = "eu", job_variables(image = "flows"))]
async fn report() {}

fn main() {}
