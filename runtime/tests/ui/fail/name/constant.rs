// says: this name
// says: `eu/north`
use longshore::deployment;

const NAME: &str = "eu/north";

#[deployment(name = NAME)]
async fn report() {}

fn main() {}
