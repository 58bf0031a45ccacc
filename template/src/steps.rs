//! The tasks of the flow.

use longshore::task;

/// Stands for the first step: a task that is tried once more if it fails, and has a run of its own on the server.
#[task(retries = 1)]
pub(crate) async fn read_rows() -> Result<usize, std::io::Error> {
    Ok(3)
}
