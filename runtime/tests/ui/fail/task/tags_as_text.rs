// says: `tags` takes a list, not a string
// says: help:
use longshore::task;

#[task(tags = "io")]
async fn load() {}

fn main() {}
