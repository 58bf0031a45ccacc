// says: `job_variables(...)` takes names and values
// says: help:
use longshore::deployment;

#[deployment(name = "eu", job_variables(cpu_request))]
async fn report() {}

fn main() {}
