// says: an owned type
// says: `Cow<'_, str>`
// says: help: write `String`
use std::borrow::Cow;

use longshore::flow;

#[flow]
async fn report(region: Cow<'_, str>) {
    let _ = region;
}

fn main() {}
