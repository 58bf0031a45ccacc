// says: without `self`
// says: help:
use longshore::task;

struct Report;

impl Report {
    #[task]
    async fn load(&self) {}
}

fn main() {}
