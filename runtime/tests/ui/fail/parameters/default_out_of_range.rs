// says: the parameter `days` is a `u32`
// says: help: 
// says: 4294967295
use longshore::flow;

#[flow]
async fn report(#[param(default = 5_000_000_000)] days: u32) {
    let _ = days;
}

fn main() {}
