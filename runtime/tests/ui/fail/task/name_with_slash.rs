// says: `/`
// says: help:
use longshore::task;

#[task(name = "load/all")]
async fn load() {}

fn main() {}
