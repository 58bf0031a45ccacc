// says: an owned type, not a reference
// says: help: write `String`
use longshore::task;

#[task()]
async fn load(path: &str) {
    let _ = path;
}

fn main() {}
