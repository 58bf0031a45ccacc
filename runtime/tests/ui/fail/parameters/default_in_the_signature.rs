// says: the default of a parameter is an attribute of it
// says: help: write `#[param(default = 7)] days: u32`
use longshore::flow;

#[flow]
async fn report(days: u32 = 7) {
    let _ = days;
}

fn main() {}
// errors: 2, since rustc reports the default before it expands the attribute
