// says: the name `name` is written without quotes
// says: help: write `name = "eu"`
use longshore::deployment;

#[deployment("name" = "eu")]
async fn report(days: u32) {
    let _ = days;
}

fn main() {}
