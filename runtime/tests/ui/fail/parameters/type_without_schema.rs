// says: Region
// says: JsonSchema
use longshore::flow;

#[derive(serde::Serialize, serde::Deserialize)]
struct Region;

#[flow]
async fn report(region: Region) {
    let _ = region;
}

fn main() {}
