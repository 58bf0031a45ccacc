// says: a string literal is not a value of type `u32`
// says: a number without quotes
mod flows {
    #[longshore::flow]
    pub async fn report(region: String, #[param(default = 1)] days: u32) {
        let _ = (region, days);
    }
}

#[longshore::deployment(name = "eu", parameters(region = "eu", days = "7"))]
use flows::report;

fn main() {}
