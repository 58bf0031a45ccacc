// says: an owned type, not a reference
// says: help: write `Vec<...>`
use longshore::flow;

#[flow]
async fn report(days: &'static [u32]) {
    let _ = days;
}

fn main() {}
