// says: a flow cannot return `u32`
// says: Result
use longshore::flow;

#[flow]
async fn report() -> u32 {
    7
}

fn main() {}
