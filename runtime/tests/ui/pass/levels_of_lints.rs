//! What a user says of lints counts for the flow as for any function, and the expansion adds no warnings.
#![deny(warnings)]

use longshore::{deployment, flow};

#[flow]
#[expect(unused_variables)]
async fn expected(days: u32) {}

#[flow]
#[allow(unused_variables, unreachable_code)]
fn allowed(days: u32) {
    return;
    println!("never");
}

#[flow]
async fn nobody_calls_it() {}

#[deployment(name = "eu")]
#[inline(never)]
#[must_use]
async fn inlined() -> Result<(), std::io::Error> {
    Ok(())
}

fn main() {}
