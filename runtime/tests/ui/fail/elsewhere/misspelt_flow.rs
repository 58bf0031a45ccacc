// says: unresolved import `flows::repot`
// says: help: a similar name exists in the module
mod flows {
    #[longshore::flow]
    pub async fn report() {}
}

#[longshore::deployment(name = "eu")]
use flows::repot;

fn main() {}
// errors: 2, since only rustc sees that the import fails, and it reports the flow that it would have imported, too
