// says: mismatched types
// says: expected `&str`, found `u32`
use longshore::deployment;

const IMAGE: u32 = 7;

#[deployment(name = "eu", image = IMAGE)]
async fn report() {}

fn main() {}
