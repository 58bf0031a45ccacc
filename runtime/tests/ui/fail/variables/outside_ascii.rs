// says: `STUFE_Ä`
// says: help:
use longshore::deployment;

#[deployment(name = "eu", env(STUFE_Ä = "info"))]
async fn report() {}

fn main() {}
