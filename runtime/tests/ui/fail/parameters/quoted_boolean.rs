// says: the parameter `full` is a `bool`
// says: help: write `full = true`
use longshore::deployment;

#[deployment(name = "eu", parameters(full = "true"))]
async fn report(full: bool) {
    let _ = full;
}

fn main() {}
