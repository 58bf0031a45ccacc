// says: cannot be const
use longshore::flow;

#[flow]
const fn report() {}

fn main() {}
