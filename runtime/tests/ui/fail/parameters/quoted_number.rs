// says: the parameter `days` is a `u32`
// says: help: write `days = 3`
use longshore::deployment;

#[deployment(name = "eu", parameters(days = "3"))]
async fn report(days: u32) {
    let _ = days;
}

fn main() {}
