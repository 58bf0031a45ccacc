// says: this names a crate, not a flow
// says: help: write `use serde::flow;`
#[longshore::deployment(name = "eu")]
use serde;

fn main() {}
