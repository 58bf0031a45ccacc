// says: a string literal is not a value of type `Kind`
// says: an enum's variant by its path
use longshore::deployment;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, JsonSchema)]
enum Kind {
    Daily,
}

#[deployment(name = "eu", parameters(kind = "Daily"))]
async fn report(kind: Kind) {
    let _ = kind;
}

fn main() {}
