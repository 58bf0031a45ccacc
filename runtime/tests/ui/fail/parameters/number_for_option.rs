// says: the parameter `days` is an `Option<u32>`, not an integer
// says: help: write `days = Some(7)`
use longshore::deployment;

#[deployment(name = "eu", parameters(days = 7))]
async fn report(days: Option<u32>) {
    let _ = days;
}

fn main() {}
