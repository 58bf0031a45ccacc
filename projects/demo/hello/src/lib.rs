//! The smallest flow.

use longshore::{deployment, flow};

/// Greets someone in the log.
#[flow]
#[deployment(name = "hourly", schedule = "0 * * * *")]
pub async fn hello(
    /// Who is greeted.
    #[param(default = "world")]
    name: String,
) {
    tracing::info!("{}", greeting(&name));
}

/// The line that greets `name`.
#[must_use]
pub fn greeting(name: &str) -> String {
    format!("Hello, {name}!")
}
