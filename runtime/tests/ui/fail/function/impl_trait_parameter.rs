// says: not `impl Trait`
// says: help:
use longshore::flow;

#[flow]
async fn report(days: impl Copy) {
    let _ = days;
}

fn main() {}
