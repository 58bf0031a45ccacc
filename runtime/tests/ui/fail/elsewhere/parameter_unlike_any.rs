// says: the flow has no parameter `area`
// says: help: the parameters are `region`, `days`
mod flows {
    #[longshore::flow]
    pub async fn report(region: String, #[param(default = 1)] days: u32) {
        let _ = (region, days);
    }
}

#[longshore::deployment(name = "eu", parameters(area = "eu"))]
use flows::report;

fn main() {}
