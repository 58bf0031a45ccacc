// says: `tz` is followed by `:`, not by `=`
// says: help: write `tz = "UTC"`
use longshore::deployment;

#[deployment(name = "eu", schedule = cron("0 6 * * *", tz: "UTC"), parameters(days = 7))]
async fn report(days: u32) {
    let _ = days;
}

fn main() {}
