// says: cannot find attribute `deployment` in this scope
use longshore::flow;

#[flow]
#[deployment(name = "eu")]
async fn report() {}

fn main() {}
