// says: expected `u32`
// says: one()
use longshore::flow;

#[flow]
async fn report(#[param(default = one())] days: u32) {
    let _ = days;
}

fn one() -> &'static str {
    "one"
}

fn main() {}
