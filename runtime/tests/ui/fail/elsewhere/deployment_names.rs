// says: two deployments of this flow are named `eu`
mod flows {
    #[longshore::flow]
    pub async fn report() {}
}

#[longshore::deployment(name = "eu")]
#[longshore::deployment(name = "eu", schedule = "0 6 * * *")]
use flows::report;

fn main() {}
