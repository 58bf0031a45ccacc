// says: `deployment` under another name
// says: help: write it as `deployment` or `longshore::deployment`
use longshore::{deployment as dep, flow as f};

#[f]
#[dep(name = "eu")]
async fn report(days: u32) {
    let _ = days;
}

fn main() {}
