// says: `parameters` is followed by `:`, not by `=`
// says: help: write `parameters(days = 7)`
use longshore::deployment;

#[deployment(name = "eu", schedule = "@daily", parameters: { days: 7 })]
async fn report(days: u32) {
    let _ = days;
}

fn main() {}
