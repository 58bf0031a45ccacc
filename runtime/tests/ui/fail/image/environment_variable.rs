// says: IMAGE_OF_NO_BUILD
// says: help: 
use longshore::deployment;

#[deployment(name = "eu", image = env!("IMAGE_OF_NO_BUILD"))]
async fn report() {}

fn main() {}
