// says: the parameter `region` is a `String`
// says: help: write `region = "7"`
use longshore::deployment;

#[deployment(name = "eu", parameters(region = 7))]
async fn report(region: String) {
    let _ = region;
}

fn main() {}
