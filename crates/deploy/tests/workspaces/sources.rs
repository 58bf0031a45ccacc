//! Sources of flow crates.

/// Requirements of [`GREET`].
pub(crate) const GREET_DEPENDENCIES: &str =
    "tracing = { version = \"0.1\", default-features = false }\n";

/// Two deployments of one flow.
pub(crate) const GREET: &str = r#"//! Greets.

use longshore::{deployment, flow};

/// Greets someone in the log.
#[flow]
#[deployment(name = "hourly", schedule = "0 * * * *")]
#[deployment(name = "weekly", schedule = cron("0 6 * * MON", tz = "Europe/Oslo"), parameters(name = "Ada"))]
pub async fn greet(#[param(default = "world")] name: String) {
    tracing::info!("Hello, {name}!");
}
"#;

/// A flow without requirements of its own.
pub(crate) const COUNT: &str = r#"//! Counts.

use longshore::deployment;

/// Counts to ten.
#[deployment(name = "daily", schedule = "0 3 * * *")]
pub fn count() {
    let _ = (1..=10).sum::<u32>();
}
"#;
