// says: `%`
// says: cannot find value `missing`
use longshore::deployment;

#[deployment(name = "50%")]
async fn report() {
    missing
}

fn main() {}
