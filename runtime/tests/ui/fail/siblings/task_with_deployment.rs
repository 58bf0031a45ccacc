// says: a task cannot have `#[deployment]`
// says: help:
use longshore::{deployment, task};

#[task]
#[deployment(name = "eu")]
async fn load() {}

fn main() {}
