// says: not closed
// says: help:
use longshore::flow;

#[flow(run_name = "report-{region")]
async fn report(region: String) {
    let _ = region;
}

fn main() {}
