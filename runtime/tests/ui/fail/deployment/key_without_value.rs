// says: `queue` has no value after the `=`
use longshore::deployment;

#[deployment(name = "eu", queue =)]
async fn report() {}

fn main() {}
