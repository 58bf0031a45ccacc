// says: image
// says: IMAGE
use longshore::deployment;

const IMAGE: &str = "ghcr.io/Acme/flows:1.4.0";

#[deployment(name = "eu", image = IMAGE)]
async fn report() {}

fn main() {}
