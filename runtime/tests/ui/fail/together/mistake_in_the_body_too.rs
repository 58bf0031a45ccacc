// says: `%`
// says: expected `u32`, found `&str`
use longshore::deployment;

#[deployment(name = "50%")]
async fn report() {
    let days: u32 = "seven";
    let _ = days;
}

fn main() {}
// errors: 2, one per mistake
