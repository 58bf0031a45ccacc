// says: unknown key `color`
// says: help: the keys are
use longshore::deployment;

#[deployment(name = "eu", color = "blue")]
async fn report() {}

fn main() {}
