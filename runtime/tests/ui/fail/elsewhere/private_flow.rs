// says: function `report` is private
mod flows {
    #[longshore::flow]
    async fn report() {}
}

#[longshore::deployment(name = "eu")]
use flows::report;

fn main() {}
// errors: 2, since only rustc sees that the import fails, and it reports the flow that it would have imported, too
