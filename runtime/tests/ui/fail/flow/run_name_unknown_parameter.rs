// says: names `regoin`
// says: help: write `{region}`
use longshore::flow;

#[flow(run_name = "report-{regoin}")]
async fn report(region: String) {
    let _ = region;
}

fn main() {}
