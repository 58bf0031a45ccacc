// says: this is not known to be a flow
// says: a flow is a function with `#[flow]` or `#[deployment]`
mod flows {
    pub async fn report() {}
}

#[longshore::deployment(name = "eu", parameters(days = 1), schedule = "0 6 * * *")]
use flows::report;

fn main() {}
