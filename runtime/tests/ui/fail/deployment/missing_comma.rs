// says: expected `,`
use longshore::deployment;

#[deployment(name = "eu" queue = "a")]
async fn report() {}

fn main() {}
