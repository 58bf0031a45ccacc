// says: a flow is a free function
// says: help: move it out of the `impl` block
use longshore::flow;

struct Report;

impl Report {
    #[flow]
    async fn report(days: u32) {
        let _ = days;
    }
}

fn main() {}
