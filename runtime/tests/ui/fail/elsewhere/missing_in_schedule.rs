// says: the deployment `eu` is scheduled and gives no value for `region`, `product`
// says: help: add `parameters(region = ...)`, or give the parameter a default with `#[param(default = ...)]`
mod flows {
    #[longshore::flow]
    pub async fn report(region: String, product: String, #[param(default = 1)] days: u32) {
        let _ = (region, product, days);
    }
}

#[longshore::deployment(name = "eu", schedule = cron("0 6 * * *"), parameters(days = 7))]
use flows::report;

fn main() {}
