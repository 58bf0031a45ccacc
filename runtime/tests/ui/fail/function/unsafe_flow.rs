// says: cannot be unsafe
use longshore::flow;

#[flow]
async unsafe fn report() {}

fn main() {}
