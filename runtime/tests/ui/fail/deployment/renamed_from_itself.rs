// says: the present name
// says: help:
use longshore::deployment;

#[deployment(name = "eu", renamed_from = "eu")]
async fn report() {}

fn main() {}
