// says: the flow has no parameter `days`
// says: help: the flow takes no parameters
mod flows {
    #[longshore::flow]
    pub async fn report() {}
}

#[longshore::deployment(name = "eu", parameters(days = 1))]
use flows::report;

fn main() {}
