// says: the parameter `region` is an `Option<String>`, and `Some` takes a `String`, not a `&str`
// says: help: write `region = "eu"`
use longshore::deployment;

#[deployment(name = "eu", parameters(region = Some("eu")))]
async fn report(region: Option<String>) {
    let _ = region;
}

fn main() {}
