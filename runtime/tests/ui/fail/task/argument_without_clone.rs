// says: an argument of a task with retries cannot be a `Page`, which is not `Clone`
use longshore::task;

pub struct Page;

#[task(retries = 1)]
async fn load(page: Page) {
    let _ = page;
}

fn main() {}
