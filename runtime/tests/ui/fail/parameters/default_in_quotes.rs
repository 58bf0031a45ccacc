// says: the parameter `days` is a `u32`, not a string
// says: help: write `default = 7`
use longshore::flow;

#[flow]
async fn report(#[param(default = "7")] days: u32) {
    let _ = days;
}

fn main() {}
