//! Revenue and refunds per product of the last days, as a Markdown table.

mod report;

use std::path::PathBuf;

use longshore::{deployment, flow};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use report::{Line, ReportError, Transaction};
use report::{load, summarize, write};

/// Where the business is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Region {
    /// Europe.
    Eu,
    /// United States.
    Us,
}

/// Revenue and refunds per product, written as a Markdown table.
#[flow(retries = 2, retry_delay = ["30s", "5m"], timeout = "30m", run_name = "report-{region}")]
#[deployment(
    name = "eu",
    schedule = cron("0 6 * * MON-FRI", tz = "Europe/Oslo"),
    image = "ghcr.io/acme/flows:1.4.0",
    queue = "kubernetes",
    parameters(region = Region::Eu, days = 7),
    tags = ["finance"],
)]
#[deployment(
    name = "us",
    schedule = cron("30 7 * * MON-FRI", tz = "America/New_York"),
    image = "ghcr.io/acme/flows:1.4.0-spot",
    queue = "kubernetes-spot",
    parameters(region = Region::Us),
    tags = ["finance"],
)]
pub async fn daily_report(
    /// Region of the transactions.
    region: Region,
    /// Number of days up to the last transaction.
    #[param(default = 1)]
    days: u32,
    /// File that the table is written to.
    #[param(default = PathBuf::from("report.md"))]
    output: PathBuf,
) -> Result<(), ReportError> {
    let transactions = load(region).await?;
    let lines = summarize(transactions, days).await;
    let total: f64 = lines.iter().map(|line| line.revenue - line.refunds).sum();
    write(lines, output.clone()).await?;
    tracing::info!("net revenue {total:.2}, table in {}", output.display());
    Ok(())
}
