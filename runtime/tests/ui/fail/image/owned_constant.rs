// says: mismatched types
// says: expected `&str`, found `String`
use longshore::deployment;

const IMAGE: String = String::new();

#[deployment(name = "eu", image = IMAGE)]
async fn report() {}

fn main() {}
