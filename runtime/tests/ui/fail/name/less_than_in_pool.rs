// says: `<`
// says: help:
use longshore::deployment;

#[deployment(name = "eu", pool = "<pool>")]
async fn report() {}

fn main() {}
