// says: no parameter defaults
// says: help:
use longshore::task;

#[task()]
async fn load(#[param(default = 1)] page: u32) {
    let _ = page;
}

fn main() {}
