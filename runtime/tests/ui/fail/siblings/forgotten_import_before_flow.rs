// says: cannot find attribute `deployment` in this scope
use longshore::flow;

#[deployment(name = "eu")]
#[flow]
async fn report() {}

fn main() {}
