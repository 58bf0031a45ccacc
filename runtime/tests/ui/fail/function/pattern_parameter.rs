// says: needs a name
// says: help:
use longshore::flow;

#[flow]
async fn report((day, month): (u32, u32)) {
    let _ = (day, month);
}

fn main() {}
