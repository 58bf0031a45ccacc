// says: `Rc<u32>` cannot be sent between threads safely
// says: required by a bound in `longshore::__private::call_plain`
use std::rc::Rc;

#[longshore::flow]
fn report() -> Result<Rc<u32>, std::io::Error> {
    Ok(Rc::new(1))
}

fn main() {}
// errors: 2, since a call of the flow and its run both send the output to another thread
