// says: a task is a free function
// says: help: move it out of the trait
use longshore::task;

trait Load {
    #[task]
    async fn load(page: u32) -> u32;
}

fn main() {}
