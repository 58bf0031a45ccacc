// says: Box<dyn Error>
// says: Send + Sync
use std::error::Error;

use longshore::flow;

#[flow]
async fn report() -> Result<(), Box<dyn Error>> {
    Ok(())
}

fn main() {}
