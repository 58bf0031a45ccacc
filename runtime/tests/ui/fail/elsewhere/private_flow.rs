// says: function `report` is private
mod flows {
    #[longshore::flow]
    async fn report() {}
}

#[longshore::deployment(name = "eu")]
use flows::report;

fn main() {}
