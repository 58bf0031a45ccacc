// says: `zones`
// says: help: write `zones = vec!["NO1".into()]`
use longshore::deployment;

#[deployment(name = "eu", parameters(zones = ["NO1"]))]
async fn report(zones: Vec<String>) {
    let _ = zones;
}

fn main() {}
