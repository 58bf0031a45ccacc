// says: unknown key `defualt`
// says: help: write `default`
use longshore::flow;

#[flow]
async fn report(#[param(defualt = 1)] days: u32) {
    let _ = days;
}

fn main() {}
