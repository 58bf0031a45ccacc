// says: flows and tasks are functions
// says: help:
use longshore::flow;

#[flow]
struct Report;

fn main() {}
