// says: a flow is a free function
// says: help: move it out of the trait
use longshore::flow;

trait Report {
    #[flow]
    async fn report(days: u32);
}

fn main() {}
