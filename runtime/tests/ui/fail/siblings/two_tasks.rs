// says: `#[task]` is given twice
// says: help:
use longshore::task;

#[task]
#[task(retries = 2)]
async fn load() {}

fn main() {}
