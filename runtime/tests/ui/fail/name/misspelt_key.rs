// says: unknown key `nmae` in `#[deployment]`
// says: help: write `name`
use longshore::deployment;

#[deployment(nmae = "eu")]
async fn report() {}

fn main() {}
