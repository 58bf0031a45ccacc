//! `longshore-run` as a worker starts it, with the embedded server in Prefect's place.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod attacks;
#[cfg(feature = "rig")]
mod azure;
mod failing;
mod handing_over;
mod outages;
mod running;
mod scene;
#[cfg(feature = "rig")]
mod worker;
