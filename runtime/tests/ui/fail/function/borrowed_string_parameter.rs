// says: an owned type, not a reference
// says: help: write `String`
use longshore::flow;

#[flow]
async fn report(region: &str) {
    let _ = region;
}

fn main() {}
