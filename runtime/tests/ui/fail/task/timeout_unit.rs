// says: `sec`
// says: help:
use longshore::task;

#[task(timeout = "30sec")]
async fn load() {}

fn main() {}
