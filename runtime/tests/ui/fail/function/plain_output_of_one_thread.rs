// says: `Rc<u32>` cannot be sent between threads safely
// says: required by a bound in `longshore::__private::call_plain`
use std::rc::Rc;

#[longshore::flow]
fn report() -> Result<Rc<u32>, std::io::Error> {
    Ok(Rc::new(1))
}

fn main() {}
