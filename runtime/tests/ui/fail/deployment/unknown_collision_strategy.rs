// says: `cancel` is no value of `on_collision`
// says: help:
use longshore::deployment;

#[deployment(name = "eu", concurrency(1, on_collision = "cancel"))]
async fn report() {}

fn main() {}
