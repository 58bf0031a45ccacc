//! The tasks of the report.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::PathBuf;

use longshore::task;
use serde::Deserialize;

use crate::Region;

const TRANSACTIONS: &str = include_str!("../data/transactions.csv");

/// Whether money came in or went back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// Money came in.
    Sale,
    /// Money went back.
    Refund,
}

/// One line of the shipped CSV file.
#[derive(Debug, Clone, Deserialize)]
pub struct Transaction {
    /// Day, as `YYYY-MM-DD`.
    pub date: String,
    /// Where it happened.
    pub region: Region,
    /// What was sold.
    pub product: String,
    /// Pieces.
    pub quantity: u32,
    /// Price of one piece in the region's currency.
    pub unit_price: f64,
    /// Sale or refund.
    pub kind: Kind,
}

/// The sums of one product.
#[derive(Debug, Clone, PartialEq)]
pub struct Line {
    /// What was sold.
    pub product: String,
    /// Money that came in.
    pub revenue: f64,
    /// Money that went back.
    pub refunds: f64,
}

/// Why there is no report.
#[derive(Debug, thiserror::Error)]
pub enum ReportError {
    /// The shipped data is not what it should be.
    #[error("cannot read the transactions")]
    Read(#[from] csv::Error),
    /// The table cannot be stored.
    #[error("cannot write the report to {}", path.display())]
    Write {
        /// Where it was to go.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
}

/// Reads the transactions of one region.
#[task(retries = 1)]
pub async fn load(region: Region) -> Result<Vec<Transaction>, ReportError> {
    let all: Result<Vec<Transaction>, csv::Error> =
        csv::Reader::from_reader(TRANSACTIONS.as_bytes())
            .deserialize()
            .collect();
    let mut transactions = all?;
    transactions.retain(|transaction| transaction.region == region);
    tracing::info!("{} transactions", transactions.len());
    Ok(transactions)
}

/// Adds up the last days, by product.
#[task]
pub async fn summarize(transactions: Vec<Transaction>, days: u32) -> Vec<Line> {
    let mut dates: Vec<&str> = transactions.iter().map(|line| line.date.as_str()).collect();
    dates.sort_unstable();
    dates.dedup();
    let first = dates
        .iter()
        .rev()
        .nth(days.saturating_sub(1) as usize)
        .or(dates.first());
    let first = first.copied().unwrap_or_default();
    let mut lines: BTreeMap<&str, Line> = BTreeMap::new();
    for transaction in transactions
        .iter()
        .filter(|transaction| transaction.date.as_str() >= first)
    {
        let line = lines.entry(&transaction.product).or_insert_with(|| Line {
            product: transaction.product.clone(),
            revenue: 0.0,
            refunds: 0.0,
        });
        let amount = f64::from(transaction.quantity) * transaction.unit_price;
        match transaction.kind {
            Kind::Sale => line.revenue += amount,
            Kind::Refund => line.refunds += amount,
        }
    }
    lines.into_values().collect()
}

/// Writes the table.
#[task(retries = 2, retry_delay = "5s")]
pub fn write(lines: Vec<Line>, path: PathBuf) -> Result<(), ReportError> {
    let mut table = String::from("| product | revenue | refunds |\n|---|---:|---:|\n");
    for line in lines {
        // Writing to a String cannot fail.
        let _infallible = writeln!(
            table,
            "| {} | {:.2} | {:.2} |",
            line.product, line.revenue, line.refunds
        );
    }
    std::fs::write(&path, table).map_err(|source| ReportError::Write { path, source })
}
