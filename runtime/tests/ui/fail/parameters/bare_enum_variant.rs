// says: cannot find value `Daily`
// says: consider importing this unit variant
use longshore::deployment;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, JsonSchema)]
enum Kind {
    Daily,
}

#[deployment(name = "eu", parameters(kind = Daily))]
async fn report(kind: Kind) {
    let _ = kind;
}

fn main() {}
