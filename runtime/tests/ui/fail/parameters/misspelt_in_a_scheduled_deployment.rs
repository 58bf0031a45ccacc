// says: the flow has no parameter `dais`
// says: help: write `days`
use longshore::deployment;

#[deployment(name = "eu", schedule = "@daily", parameters(dais = 7))]
async fn report(days: u32) {
    let _ = days;
}

fn main() {}
