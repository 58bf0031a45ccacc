//! Imports day-ahead power prices and finds the cheapest hours.

use std::collections::BTreeMap;

use anyhow::{Context, Result, ensure};
use jiff::civil::Date;
use longshore::{deployment, flow};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

const PRICES: &str = include_str!("../data/prices.json");

/// A bidding area of the power market.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "UPPERCASE")]
pub enum Area {
    /// Oslo.
    No1,
    /// Kristiansand.
    No2,
    /// Stockholm.
    Se3,
}

/// Checks the hourly prices of a day and names its cheapest hours.
#[flow(name = "day-ahead-prices", retries = 3, retry_delay = "10m")]
#[deployment(
    name = "oslo",
    schedule = [
        interval("6h", anchor = "2026-01-01T00:15:00+01:00", tz = "Europe/Oslo"),
        rrule(
            "FREQ=MONTHLY;BYDAY=-1FR",
            start = "2026-01-01T15:00:00",
            tz = "Europe/Oslo",
            slug = "month-end",
            parameters(cheapest = 10),
        ),
    ],
    parameters(area = Area::No1),
    tags = ["energy", "prices"],
    concurrency(1, on_collision = "cancel_new"),
)]
pub fn day_ahead_prices(
    /// Bidding area.
    area: Area,
    /// Day of delivery; the last one there is, unless given.
    day: Option<Date>,
    /// Number of cheap hours to name.
    #[param(default = 3)]
    cheapest: usize,
) -> Result<()> {
    let days = prices(area)?;
    let day = match day {
        Some(day) => day,
        None => *days
            .keys()
            .next_back()
            .context("there are no prices at all")?,
    };
    let hours = days
        .get(&day)
        .with_context(|| format!("there are no prices for {area:?} on {day}"))?;
    check_hours(day, hours)?;
    for (hour, price) in cheapest_hours(hours, cheapest) {
        tracing::info!("{area:?} {day} hour {hour}: {price:.2} EUR/MWh");
    }
    Ok(())
}

/// Hourly prices by day of delivery, in EUR/MWh.
fn prices(area: Area) -> Result<BTreeMap<Date, Vec<f64>>> {
    let mut areas: BTreeMap<Area, BTreeMap<Date, Vec<f64>>> =
        serde_json::from_str(PRICES).context("the shipped prices are damaged")?;
    areas
        .remove(&area)
        .with_context(|| format!("there are no prices for {area:?}"))
}

/// Checks that a day has as many prices as hours: 23 or 25 when the clocks change.
///
/// # Errors
/// A day with too few or too many prices.
pub fn check_hours(day: Date, prices: &[f64]) -> Result<()> {
    let start = day.in_tz("Europe/Oslo").context("the zone of the market")?;
    let end = day.tomorrow()?.in_tz("Europe/Oslo")?;
    let hours = start.duration_until(&end).as_hours();
    ensure!(
        i64::try_from(prices.len())? == hours,
        "{day} has {hours} hours and {} prices",
        prices.len()
    );
    Ok(())
}

/// The cheapest hours of a day, cheapest first, as hour of the day and price.
#[must_use]
pub fn cheapest_hours(prices: &[f64], count: usize) -> Vec<(usize, f64)> {
    let mut hours: Vec<(usize, f64)> = prices.iter().copied().enumerate().collect();
    hours.sort_by(|a, b| a.1.total_cmp(&b.1));
    hours.truncate(count);
    hours
}
