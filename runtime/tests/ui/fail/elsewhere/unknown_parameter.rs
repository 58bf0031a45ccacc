// says: the flow has no parameter `regoin`
// says: help: write `region`
mod flows {
    #[longshore::flow]
    pub async fn report(region: String, #[param(default = 1)] days: u32) {
        let _ = (region, days);
    }
}

#[longshore::deployment(name = "eu", parameters(regoin = "eu"))]
use flows::report;

fn main() {}
