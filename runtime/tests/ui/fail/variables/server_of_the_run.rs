// says: `PREFECT_API_URL`
// says: help: remove it; the worker's own settings name the server
use longshore::deployment;

#[deployment(name = "eu", env(PREFECT_API_URL = "http://127.0.0.1:4200/api"))]
async fn report() {}

fn main() {}
