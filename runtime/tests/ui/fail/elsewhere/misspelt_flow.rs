// says: unresolved import `flows::repot`
// says: help: a similar name exists in the module
mod flows {
    #[longshore::flow]
    pub async fn report() {}
}

#[longshore::deployment(name = "eu")]
use flows::repot;

fn main() {}
