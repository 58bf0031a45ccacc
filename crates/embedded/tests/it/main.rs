//! Integration tests of the embedded server.

mod access;
mod api;
mod conformance;
mod crash;
mod damage;
mod opening;
#[cfg(feature = "rig")]
mod rig;
mod scheduling;
