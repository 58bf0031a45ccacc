// says: cannot be generic
// says: help:
use longshore::flow;

#[flow]
async fn report<T>() {}

fn main() {}
