//! A deployment without a schedule may leave parameters to whoever starts a run.

use longshore::deployment;

#[deployment(name = "manual")]
async fn report(days: u32) {
    let _ = days;
}

fn main() {}
