// says: a deployment is of one flow
// says: help: name it alone: `use crate_name::flow;`
mod flows {
    #[longshore::flow]
    pub async fn report() {}

    #[longshore::flow]
    pub async fn summary() {}
}

#[longshore::deployment(name = "eu")]
use flows::{report, summary};

fn main() {}
