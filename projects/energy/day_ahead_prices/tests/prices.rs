//! The hours of a day, and the flow on the shipped prices.

use energy_day_ahead_prices::{Area, cheapest_hours, check_hours, day_ahead_prices};
use jiff::civil::date;

#[test]
fn the_day_of_the_clock_change_has_25_hours() {
    let prices = [50.0; 25];
    assert!(check_hours(date(2026, 10, 25), &prices).is_ok());
    let error = check_hours(date(2026, 10, 24), &prices).expect_err("an ordinary day");
    assert_eq!(error.to_string(), "2026-10-24 has 24 hours and 25 prices");
}

#[test]
fn cheapest_hours_come_first() {
    assert_eq!(cheapest_hours(&[3.0, 1.0, 2.0], 2), [(1, 1.0), (2, 2.0)]);
}

#[test]
fn every_area_has_prices() {
    for area in [Area::No1, Area::No2, Area::Se3] {
        day_ahead_prices(area, None, 3).expect("the shipped data is sound");
    }
}

#[test]
fn a_day_without_prices_is_named() {
    let error = day_ahead_prices(Area::No1, Some(date(2020, 1, 1)), 3).expect_err("no such day");
    assert_eq!(
        error.to_string(),
        "there are no prices for No1 on 2020-01-01"
    );
}
