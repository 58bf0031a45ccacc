// says: `Kind`
// says: help: derive `serde::Serialize`, `serde::Deserialize` and `schemars::JsonSchema` for `Kind`
use longshore::flow;

enum Kind {
    Daily,
}

#[flow]
async fn report(kind: Option<Kind>) {
    let _ = kind.map(|Kind::Daily| ());
}

fn main() {}
