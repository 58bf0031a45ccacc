// says: the job variable `cpu_request` is set by `resources(cpu = ...)` too
// says: help: keep one of the two
use longshore::deployment;

#[deployment(name = "eu", job_variables(cpu_request = "1"), resources(cpu = "500m"))]
async fn report() {}

fn main() {}
