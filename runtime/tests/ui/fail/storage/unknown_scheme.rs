// says: `s3://
// says: help:
use longshore::deployment;

#[deployment(name = "eu", storage = "s3://flows")]
async fn report() {}

fn main() {}
