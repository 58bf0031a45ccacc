// says: `projects/finance/daily_reprot` is no folder
// says: help: write `projects/finance/daily_report`
use longshore::deployment;

#[deployment(name = "eu", path = "projects/finance/daily_reprot")]
async fn report() {}

fn main() {}
