// says: a flow is a free function, without `self`
// says: help: move it out of the `impl` block
use longshore::deployment;

struct Report;

impl Report {
    #[deployment(name = "eu")]
    async fn report(&self, days: u32) {
        let _ = days;
    }
}

fn main() {}
