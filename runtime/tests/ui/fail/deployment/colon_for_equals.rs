// says: `name` is followed by `:`
// says: help: write `name = "a"`
use longshore::deployment;

#[deployment(name: "a", schedule = "@daily")]
async fn report() {}

fn main() {}
