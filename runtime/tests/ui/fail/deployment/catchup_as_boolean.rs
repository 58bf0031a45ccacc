// says: `catchup` takes a string literal, not a boolean
// says: help: the values are `latest`, `none` and `all`
use longshore::deployment;

#[deployment(name = "eu", schedule = "@daily", catchup = false)]
async fn report() {}

fn main() {}
