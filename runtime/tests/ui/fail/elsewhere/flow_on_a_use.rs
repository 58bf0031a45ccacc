// says: `#[flow]` stands on a function
// says: help: a `use` takes `#[deployment(...)]` alone
mod flows {
    #[longshore::flow]
    pub async fn report() {}
}

#[longshore::deployment(name = "eu")]
#[longshore::flow(retries = 2)]
use flows::report;

fn main() {}
