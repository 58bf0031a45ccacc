// says: no registry today
use longshore::deployment;

const IMAGE: &str = panic!("no registry today");

#[deployment(name = "eu", image = IMAGE)]
async fn report() {}

fn main() {}
