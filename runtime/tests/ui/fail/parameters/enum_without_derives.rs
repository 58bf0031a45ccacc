// says: `Kind` cannot be a flow's parameter
// says: help: derive `serde::Serialize`, `serde::Deserialize` and `schemars::JsonSchema` for `Kind`
use longshore::deployment;

enum Kind {
    Daily,
}

#[deployment(name = "eu", parameters(kind = Kind::Daily))]
async fn report(kind: Kind) {
    let _ = kind;
}

fn main() {}
