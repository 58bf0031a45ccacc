// says: the parameter `days` is a `u32`
// says: help: 
// says: 4294967295
use longshore::deployment;

#[deployment(name = "eu", parameters(days = 5_000_000_000))]
async fn report(days: u32) {
    let _ = days;
}

fn main() {}
