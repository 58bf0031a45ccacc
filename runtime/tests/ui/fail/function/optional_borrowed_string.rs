// says: a parameter of a flow is an owned type, and `Option<&'static str>` borrows
// says: help: write `Option<String>`
use longshore::flow;

#[flow]
async fn report(region: Option<&'static str>) {
    let _ = region;
}

fn main() {}
