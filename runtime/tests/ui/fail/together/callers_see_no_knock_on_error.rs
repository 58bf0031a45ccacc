// says: unknown key `retrys`
use longshore::{flow, task};

#[task(retrys = 2)]
async fn load(page: u32) -> u32 {
    page
}

#[flow]
async fn report() {
    let pages: u32 = load(1).await + load(2).await;
    let _ = pages;
}

fn main() {}
