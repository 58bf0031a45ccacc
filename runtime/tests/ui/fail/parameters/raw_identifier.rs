// says: `type` is a keyword
// says: help: write `r#type`
use longshore::deployment;

#[deployment(name = "eu", parameters(type = "x"))]
async fn report(r#type: String) {
    let _ = r#type;
}

fn main() {}
