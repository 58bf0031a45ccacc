// says: the parameter `days` is a `u32`
// says: help: 
use longshore::deployment;

#[deployment(name = "eu", parameters(days = None))]
async fn report(days: u32) {
    let _ = days;
}

fn main() {}
