// says: two functions of this module are named `report`
// says: help: 
use longshore::flow;

#[flow]
async fn report(days: u32) {
    let _ = days;
}

#[flow]
async fn report(days: u32) {
    let _ = days;
}

fn main() {}
