// says: exclude each other
// says: help:
use longshore::flow;

#[flow]
async fn report(#[param(default = 1, default_with = today)] days: u32) {
    let _ = days;
}

fn today() -> u32 {
    1
}

fn main() {}
