// says: the list of schedules is empty
// says: help:
use longshore::deployment;

#[deployment(name = "eu", schedule = [])]
async fn report() {}

fn main() {}
