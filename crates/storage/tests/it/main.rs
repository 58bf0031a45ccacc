//! The stores under good and bad conditions.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

#[cfg(feature = "rig")]
mod azurite;
mod conformance;
mod limits;
mod local;
mod replay;
