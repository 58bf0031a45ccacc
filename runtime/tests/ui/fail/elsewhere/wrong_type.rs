// says: expected `u32`, found `&[{integer}; 1]`
mod flows {
    #[longshore::flow]
    pub async fn report(region: String, #[param(default = 1)] days: u32) {
        let _ = (region, days);
    }
}

#[longshore::deployment(name = "eu", parameters(region = "eu", days = &[1]))]
use flows::report;

fn main() {}
