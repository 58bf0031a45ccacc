// says: a string literal is no value of type `u32`
// says: "seven"
use longshore::deployment;

#[deployment(name = "eu", parameters(days = "seven"))]
async fn report(days: u32, region: String) {
    let _ = (days, region);
}

fn main() {}
