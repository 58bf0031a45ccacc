// says: Rust function
// says: help:
use longshore::flow;

#[flow]
extern "C" fn report() {}

fn main() {}
