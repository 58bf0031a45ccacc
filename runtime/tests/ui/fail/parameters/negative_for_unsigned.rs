// says: the parameter `days` is a `u32`
// says: help: 
use longshore::deployment;

#[deployment(name = "eu", parameters(days = -1))]
async fn report(days: u32) {
    let _ = days;
}

fn main() {}
