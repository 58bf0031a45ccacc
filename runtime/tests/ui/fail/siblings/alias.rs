// says: `deployment` under another name
// says: help:
use longshore::{deployment as deployed, flow};

#[flow]
#[deployed(name = "eu")]
async fn report() {}

fn main() {}
